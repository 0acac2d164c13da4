// A node's room: what it has, what its Pods asked for, what is used.

import { app, watchObjects } from "../core/app.js";
import { fill, h } from "../core/dom.js";
import { eachFrame } from "../core/frames.js";
import { measure } from "../core/metrics.js";
import { pathOf } from "../core/paths.js";
import { requested } from "../core/requests.js";
import { bytes, cores, quantity } from "../core/texts.js";
import { share } from "./nodes_card.js";

export function nodeUse(self) {
  const pods = app.kinds.find("", "pods");
  const box = h("div", {});
  let usage;
  const draw = eachFrame(() => {
    const { allocatable = {}, capacity = {} } = self.object.status ?? {};
    const running = [...watch.cache.rows.values()].filter((pod) => !["Succeeded", "Failed"].includes(pod.status?.phase));
    const asked = requested(running);
    const row = (name, told, used) => {
      const most = allocatable[name];
      if (most === undefined) return null;
      const want = name === "pods" ? running.length : (asked[name] ?? 0);
      return h("tr", {}, h("td", {}, name), h("td", {}, share(String(want), most, told)), h("td", {}, used === undefined ? "" : share(used, most, told)), h("td", {}, told(quantity(capacity[name] ?? most))));
    };
    const others = Object.keys(allocatable).filter((name) => name.includes("/"));
    const plain = (count) => String(Math.round(count * 100) / 100);
    fill(
      box,
      h(
        "table.plain",
        {},
        h("thead", {}, h("tr", {}, ["", "Asked for", "Used now", "Capacity"].map((name) => h("th", { scope: "col" }, name)))),
        h("tbody", {}, row("cpu", cores, usage?.cpu), row("memory", bytes, usage?.memory), row("ephemeral-storage", bytes), row("pods", plain), others.map((name) => row(name, plain))),
      ),
    );
  });
  const watch = watchObjects(pathOf(pods), { parameters: { fieldSelector: `spec.nodeName=${self.name}` }, onChange: draw });
  const stopMeasuring = measure(`nodes/${encodeURIComponent(self.name)}`, ([item]) => {
    usage = item.usage;
    draw();
  });
  return {
    element: h("section.card", {}, h("h2", {}, "Room"), box),
    stop() {
      watch.stop();
      stopMeasuring();
    },
  };
}
