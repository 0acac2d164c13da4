// What is held back, and why: found in the tables, explained by the console.

import { fill, h } from "../core/dom.js";
import { eachFrame } from "../core/frames.js";
import { cellsOf, partHealth, wordHealth, workloadHealth } from "../core/health.js";
import { pathOf, place } from "../core/paths.js";
import { causeList, causesOf } from "../ui/causes.js";

const EXPLAINED = 8;
const AGAIN = 1500;

/** Objects of a table that are not as they should be. Pods of a workload are their workload's. */
export function troubled(kind, cache) {
  const found = [];
  for (const row of cache.rows.values()) {
    const { metadata } = row.object;
    const cells = cellsOf(cache.columns, row);
    const owned = (metadata.ownerReferences ?? []).some((owner) => owner.controller);
    let bad;
    let rank = 0;
    if (kind.kind === "Pod") {
      const health = wordHealth(cells.Status);
      rank = health === "bad" ? 1 : 2;
      const done = cells.Status === "Completed" || cells.Status === "Succeeded";
      bad = !owned && (health === "bad" || health === "busy" || (!done && partHealth(cells.Ready) !== "good"));
    } else if (kind.kind === "PersistentVolumeClaim") bad = cells.Status !== "Bound";
    else if (kind.kind === "CronJob") bad = false;
    else bad = !(kind.kind === "Job" && owned && cells.Status !== "Failed") && ["bad", "busy"].includes(workloadHealth(kind.kind, cells));
    if (bad) found.push({ rank, key: metadata.uid, version: metadata.resourceVersion, kind, namespace: metadata.namespace, name: metadata.name });
  }
  return found;
}

/** {element, saw(kind, cache), stop()}. */
export function heldBack() {
  const element = h("div", {}, h("p.quiet", {}, "Loading …"));
  const seen = new Map();
  const explained = new Map();
  let stopped = false;
  let asking = false;
  let rounds = 0;

  // Workloads first, since they tell of their Pods; then what has failed, then what waits.
  const everything = () => [...seen.values()].flat().sort((a, b) => a.rank - b.rank);

  const draw = eachFrame(() => {
    const all = everything();
    if (!all.length) return fill(element, h("p.good", {}, "Nothing is held back"));
    const shown = all.slice(0, EXPLAINED).map((each) => {
      const known = explained.get(each.key);
      const causes = known?.causes ?? [];
      return h(
        "div",
        {},
        h("h3", {}, h("a", { href: place(each.kind, each.namespace, each.name) }, `${each.kind.kind} ${each.namespace ? `${each.namespace}/` : ""}${each.name}`)),
        known ? (causes.length ? causeList(causes) : h("p.quiet", {}, known.failure ?? "It is on its way")) : h("p.quiet", {}, "…"),
      );
    });
    const more = all.length - shown.length;
    fill(element, h("div.cards", {}, shown), more > 0 && h("p.quiet", {}, `and ${more} more: see the lists`));
  });

  async function explain() {
    if (asking || stopped) return;
    asking = true;
    const wanted = everything().slice(0, EXPLAINED);
    for (const key of explained.keys()) if (!wanted.some((each) => each.key === key)) explained.delete(key);
    const stale = wanted.filter((each) => explained.get(each.key)?.version !== each.version);
    await Promise.all(
      stale.map(async (each) => {
        try {
          explained.set(each.key, { version: each.version, causes: await causesOf(pathOf(each.kind, each.namespace, each.name)) });
        } catch (failure) {
          explained.set(each.key, { version: each.version, failure: failure.message });
        }
        draw();
      }),
    );
    // The first lists come one after the other; what changes all the time is explained at a pace a person can read.
    setTimeout(() => {
      asking = false;
      if (changed) {
        changed = false;
        explain();
      }
    }, rounds++ < 4 ? 100 : AGAIN);
  }

  let changed = false;
  return {
    element,
    saw(kind, cache) {
      seen.set(kind.plural, troubled(kind, cache));
      draw();
      if (asking) changed = true;
      else explain();
    },
    stop: () => (stopped = true),
  };
}
