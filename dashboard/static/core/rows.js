// Rows a server printed, as rows of our tables.

import { keyOf } from "./cache.js";
import { partHealth, wordHealth } from "./health.js";
import { place } from "./paths.js";
import { written } from "./texts.js";

const AGES = ["Age", "Last Seen"];
const PARTS = /^(Ready|Completions)$/;
const WORDS = /^(Status|Phase|Type|Reason|Condition|Ready|Healthy|Synced|State)$/;

/** The columns to show: with the namespace where there are several, the wide ones when asked. */
export function columnsOf(cache, { withNamespace, wide }) {
  const found = [];
  cache.columns.forEach((column, at) => {
    if (column.priority && !wide) return;
    found.push({ name: column.name, at, isName: column.name === "Name", isAge: AGES.includes(column.name), description: column.description });
    if (withNamespace && column.name === "Name") found.push({ name: "Namespace", at: -1 });
  });
  if (withNamespace && !found.some((column) => column.at === -1)) found.unshift({ name: "Namespace", at: -1 });
  return found;
}

/** One row. It is made once for each row the server sent. */
export function rowOf(kind, columns, row) {
  const { metadata } = row.object;
  const texts = columns.map(({ at }) => (at < 0 ? (metadata.namespace ?? "") : String(row.cells[at] ?? "")));
  return {
    key: keyOf(metadata),
    href: place(kind, metadata.namespace, metadata.name),
    name: metadata.name,
    namespace: metadata.namespace ?? "",
    labels: metadata.labels ?? {},
    since: kind.plural === "events" ? written(metadata) : metadata.creationTimestamp,
    texts,
    health: columns.map(({ name }, at) => healthOf(name, texts[at])),
    cells: Object.fromEntries(columns.map(({ name }, at) => [name, texts[at]])),
  };
}

function healthOf(name, text) {
  const found = (PARTS.test(name) && partHealth(text)) || (WORDS.test(name) && wordHealth(text)) || "";
  // What is well needs no colour in a long list.
  return found === "good" ? "" : found;
}
