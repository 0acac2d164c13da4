// The containers of a Pod, or of a workload's template.

import { h } from "../core/dom.js";
import { ageOf } from "../ui/ages.js";

const PARTS = [["initContainers", "initContainerStatuses", "init"], ["containers", "containerStatuses", ""], ["ephemeralContainers", "ephemeralContainerStatuses", "debug"]];

/** A card's content, null for objects without containers. */
export function containersCard(object) {
  const isPod = object.kind === "Pod" && object.apiVersion === "v1";
  const spec = isPod ? object.spec : (object.spec?.template?.spec ?? object.spec?.jobTemplate?.spec?.template?.spec);
  if (!spec?.containers) return null;
  const rows = PARTS.flatMap(([part, statuses, mark]) =>
    (spec[part] ?? []).map((container) => {
      const status = isPod ? (object.status?.[statuses] ?? []).find((each) => each.name === container.name) : undefined;
      return h(
        "tr",
        {},
        h("td", {}, container.name, mark && h("span.quiet", {}, ` (${container.restartPolicy === "Always" && mark === "init" ? "sidecar" : mark})`)),
        isPod && h("td", {}, stateOf(status)),
        isPod && h("td", {}, status?.restartCount ?? 0),
        h("td.mono", {}, container.image),
        h("td", {}, (container.ports ?? []).map((port) => `${port.containerPort}/${port.protocol ?? "TCP"}`).join(", ")),
        h("td", {}, amounts(container.resources?.requests), h("span.quiet", {}, amounts(container.resources?.limits, " limit "))),
      );
    }),
  );
  const names = ["Name", ...(isPod ? ["State", "Restarts"] : []), "Image", "Ports", "Asks for"];
  return [
    h("h2", {}, isPod ? "Containers" : "Containers of its Pods"),
    h("div.scroll", {}, h("table.plain", {}, h("thead", {}, h("tr", {}, names.map((name) => h("th", { scope: "col" }, name)))), h("tbody", {}, rows))),
  ];
}

function amounts(map, before = "") {
  const text = Object.entries(map ?? {}).map(([name, value]) => `${name} ${value}`).join(", ");
  return text && before + text;
}

function stateOf(status) {
  if (!status) return h("span.quiet", {}, "not started");
  const { running, waiting, terminated } = status.state ?? {};
  if (running) return [h(`span.chip.${status.ready ? "good" : "busy"}`, {}, status.ready ? "running" : "running, not ready"), " ", ageOf(running.startedAt)];
  if (terminated) {
    const well = terminated.exitCode === 0;
    return [h(`span.chip.${well ? "good" : "bad"}`, {}, `${terminated.reason ?? "ended"} (${terminated.exitCode})`), terminated.message && h("div.quiet", {}, terminated.message)];
  }
  if (waiting) {
    const bad = !["ContainerCreating", "PodInitializing"].includes(waiting.reason);
    return [h(`span.chip.${bad ? "bad" : "busy"}`, {}, waiting.reason ?? "waiting"), waiting.message && h("div.quiet", {}, waiting.message)];
  }
  return "";
}
