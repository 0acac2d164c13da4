// The nodes: who is ready, and how full they are.

import { app, watchObjects } from "../core/app.js";
import { fill, h } from "../core/dom.js";
import { eachFrame } from "../core/frames.js";
import { measure } from "../core/metrics.js";
import { pathOf, place } from "../core/paths.js";
import { bytes, cores, quantity } from "../core/texts.js";
import { failureBox } from "../ui/notices.js";

const SHOWN = 10;

export function nodesCard() {
  const kind = app.kinds.find("", "nodes");
  const box = h("div", {});
  const used = new Map();
  const draw = eachFrame(() => fill(box, drawn(kind, [...watch.cache.rows.values()], used)));
  const watch = watchObjects(pathOf(kind), { onChange: draw, onFailure: (failure) => failure && fill(box, failureBox(failure)) });
  const stopMeasuring = measure("nodes", (items) => {
    for (const item of items) used.set(item.metadata.name, item.usage);
    draw();
  });
  return {
    element: h("section.card", {}, h("h2", {}, h("a", { href: place(kind) }, "Nodes")), box),
    stop() {
      watch.stop();
      stopMeasuring();
    },
  };
}

function drawn(kind, nodes, used) {
  if (!nodes.length) return h("p.bad", {}, "No node has joined: Pods stay pending");
  const health = (node) => {
    const ready = node.status?.conditions?.find((each) => each.type === "Ready");
    if (ready?.status !== "True") return "bad";
    return node.spec?.unschedulable ? "busy" : "good";
  };
  const rank = { bad: 0, busy: 1, good: 2 };
  const sorted = [...nodes].sort((a, b) => rank[health(a)] - rank[health(b)] || a.metadata.name.localeCompare(b.metadata.name, "en", { numeric: true }));
  const words = { bad: "not ready", busy: "cordoned", good: "ready" };
  const ready = nodes.filter((node) => health(node) !== "bad").length;
  const rows = sorted.slice(0, SHOWN).map((node) => {
    const usage = used.get(node.metadata.name);
    return h(
      "tr",
      {},
      h("td.name", {}, h("a", { href: place(kind, "", node.metadata.name) }, node.metadata.name)),
      h("td", {}, h(`span.chip.${health(node)}`, {}, words[health(node)])),
      h("td", {}, percent(usage?.cpu, node.status?.allocatable?.cpu, cores)),
      h("td", {}, percent(usage?.memory, node.status?.allocatable?.memory, bytes)),
    );
  });
  const more = nodes.length - rows.length;
  return [
    h("p", {}, `${ready} of ${nodes.length} ready`),
    h("div.scroll", {}, h("table.plain", {}, h("thead", {}, h("tr", {}, ["Name", "State", "CPU", "Memory"].map((name) => h("th", { scope: "col" }, name)))), h("tbody", {}, rows))),
    more > 0 && h("p.quiet", {}, `and ${more} more`),
  ];
}

/** The same where there is little room. */
function percent(used, whole, told) {
  const shown = share(used, whole, told);
  if (!Array.isArray(shown)) return shown;
  return h("span", { title: shown[0] }, `${Math.round((quantity(used) / quantity(whole)) * 100)}%`, shown[1]);
}

/** `1.2 of 4`, with the part that is used; the whole alone where use is not known. */
export function share(used, whole, told) {
  const all = quantity(whole ?? "");
  if (Number.isNaN(all)) return "";
  if (used === undefined) return told(all);
  const part = quantity(used) / all;
  const filled = h("i", {});
  filled.style.width = `${Math.min(100, Math.max(1, part * 100))}%`;
  return [`${told(quantity(used))} of ${told(all)}`, h(`div.track.${part > 0.9 ? "bad" : part > 0.75 ? "busy" : "good"}`, {}, filled)];
}
