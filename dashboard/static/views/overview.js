// How the cluster, or one namespace, is.

import { app, watchTable } from "../core/app.js";
import { fill, h } from "../core/dom.js";
import { eachFrame } from "../core/frames.js";
import { cellsOf, wordHealth, workloadHealth } from "../core/health.js";
import { pathOf, place } from "../core/paths.js";
import { plural, written } from "../core/texts.js";
import { ageOf } from "../ui/ages.js";
import { failureBox } from "../ui/notices.js";
import { manyOf } from "../ui/frame.js";
import { heldBack } from "./held.js";
import { nodesCard } from "./nodes_card.js";

const WORKLOADS = [["apps", "deployments"], ["apps", "statefulsets"], ["apps", "daemonsets"], ["batch", "jobs"], ["batch", "cronjobs"]];
const SHOWN_WARNINGS = 12;

export async function view(at) {
  const namespace = at.parameters.ns ?? "";
  const stops = [];
  const held = heldBack(namespace);
  stops.push(held.stop);
  const nodes = !namespace && nodesCard();
  if (nodes) stops.push(nodes.stop);

  const part = (group, name, parameters, changed) => {
    const kind = app.kinds.find(group, name);
    if (!kind) return null;
    const box = h("div", {});
    const refresh = eachFrame(() => fill(box, changed(watch.cache, kind)));
    const watch = watchTable(pathOf(kind, namespace), {
      parameters,
      onChange: refresh,
      onFailure: (failure) => failure && fill(box, group ? h("p.quiet", {}, failure.message) : failureBox(failure)),
    });
    stops.push(watch.stop);
    return { kind, box, cache: watch.cache };
  };

  const pods = part("", "pods", {}, (cache, kind) => {
    held.saw(kind, cache);
    return podBars(kind, cache, namespace);
  });
  const workloads = WORKLOADS.map(([group, name]) =>
    part(group, name, {}, (cache, kind) => {
      held.saw(kind, cache);
      return workloadLine(kind, cache, namespace);
    }),
  );
  const claims = part("", "persistentvolumeclaims", {}, (cache, kind) => {
    held.saw(kind, cache);
    return "";
  });
  const warnings = part("", "events", { fieldSelector: "type=Warning" }, (cache, kind) => warningRows(kind, cache));

  return {
    element: [
      h("h1", {}, namespace ? `Namespace ${namespace}` : "Cluster"),
      h(
        "div.cards",
        {},
        nodes?.element,
        h("section.card", {}, h("h2", {}, "Pods"), pods?.box),
        h("section.card", {}, h("h2", {}, "Workloads"), h("div.bars", {}, workloads.filter(Boolean).map((each) => each.box)), claims?.box),
        h("section.card.wide", {}, h("h2", {}, "Held back, and why"), held.element),
        h("section.card.wide", {}, h("h2", {}, "Recent warnings"), warnings?.box),
      ),
    ],
    stop: () => stops.forEach((stop) => stop()),
  };
}

function podBars(kind, cache, namespace) {
  const counts = new Map();
  const at = cache.columns.findIndex((column) => column.name === "Status");
  for (const row of cache.rows.values()) counts.set(row.cells[at], (counts.get(row.cells[at]) ?? 0) + 1);
  if (!counts.size) return h("p.quiet", {}, "No Pods");
  const most = Math.max(...counts.values());
  return h(
    "div.bars",
    {},
    [...counts].sort((a, b) => b[1] - a[1]).map(([word, count]) =>
      barLine(word, place(kind, namespace, "", { q: `status:${word}` }), count / most, wordHealth(word), count),
    ),
  );
}

function barLine(name, href, part, health, value) {
  const filled = h("i", {});
  filled.style.width = `${Math.max(part * 100, 1)}%`;
  return h("div.line", {}, h("a.name", { href, title: name }, name), h(`div.track.${health || "quiet"}`, {}, filled), h("span", {}, value));
}

function workloadLine(kind, cache, namespace) {
  const all = cache.rows.size;
  if (!all) return "";
  let good = 0;
  let bad = false;
  for (const row of cache.rows.values()) {
    const health = workloadHealth(kind.kind, cellsOf(cache.columns, row));
    good += health === "good" || health === "";
    bad ||= health === "bad";
  }
  return barLine(manyOf(kind), place(kind, namespace), good / all, good === all ? "good" : bad ? "bad" : "busy", `${good}/${all}`);
}

function warningRows(kind, cache) {
  const time = (row) => written(row.object.metadata);
  const rows = [...cache.rows.values()].sort((a, b) => (time(a) < time(b) ? 1 : -1));
  if (!rows.length) return h("p.quiet", {}, "No warnings");
  const shown = rows.slice(0, SHOWN_WARNINGS).map((row) => {
    const cells = cellsOf(cache.columns, row);
    const { namespace, name } = row.object.metadata;
    return h("tr", {}, h("td", {}, ageOf(time(row))), h("td", {}, namespace), h("td", {}, h("a", { href: place(kind, namespace, name) }, cells.Reason)), h("td", {}, cells.Object), h("td", {}, cells.Message));
  });
  const more = rows.length > SHOWN_WARNINGS && h("p", {}, h("a", { href: place(kind, "", "", { q: "type:warning" }) }, `All ${plural(rows.length, "warning")}`));
  return [h("div.scroll", {}, h("table.plain", {}, h("thead", {}, h("tr", {}, ["Seen", "Namespace", "Reason", "Object", "Message"].map((name) => h("th", { scope: "col" }, name)))), h("tbody", {}, shown))), more];
}
