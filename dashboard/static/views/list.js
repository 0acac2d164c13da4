// All objects of one kind.

import { app } from "../core/app.js";
import { h } from "../core/dom.js";
import { Failure } from "../core/failures.js";
import { pathOf, query, route } from "../core/paths.js";
import { liveTable } from "../ui/tables.js";
import { manyOf } from "../ui/frame.js";

export async function view(at) {
  const kind = await known(at);
  const namespace = kind.namespaced ? (at.parameters.ns ?? "") : "";
  const count = h("span.count", { "aria-live": "polite" });
  const table = liveTable(kind, pathOf(kind, namespace), {
    parameters: { labelSelector: at.parameters.labels, fieldSelector: at.parameters.fields },
    withNamespace: kind.namespaced && !namespace,
    label: manyOf(kind),
    empty: `No ${manyOf(kind)}${namespace ? ` in namespace ${namespace}` : ""}`,
    onCount: (shown, all) => (count.textContent = shown === all ? String(all) : `${shown} of ${all}`),
  });
  const search = h("input.grow", {
    type: "search",
    value: at.parameters.q ?? "",
    placeholder: "Search:  name  label=value  status:pending",
    "aria-label": "Search",
    oninput: () => {
      table.set({ text: search.value });
      const parameters = { ...route(location.hash).parameters, q: search.value };
      history.replaceState(null, "", location.hash.split("?")[0] + query(parameters));
    },
    onkeydown: (event) => {
      if (event.key === "ArrowDown") table.grid.element.focus();
    },
  });
  const wide = h("input", { type: "checkbox", onchange: () => table.set({ wide: wide.checked }) });
  table.set({ text: search.value });
  const notes = [at.parameters.labels, at.parameters.fields].filter(Boolean).map((text) => h("span.chip", {}, text));
  const again = !kind.verbs.includes("watch") && h("button", { onclick: () => location.reload() }, "Refresh");
  return {
    element: [
      h("div.bar", {}, h("h1", {}, manyOf(kind)), count, notes, search, h("label", {}, wide, " wide"), again),
      table.element,
    ],
    stop: () => table.stop(),
    keep: (next) =>
      next.view === "list" && next.plural === at.plural && next.group === at.group && next.version === at.version &&
      ["ns", "labels", "fields"].every((key) => (next.parameters[key] ?? "") === (at.parameters[key] ?? "")) &&
      (next.parameters.q ?? "") === search.value,
  };
}

/** The kind an address means. Throws Failure. */
export async function known({ group, plural, version }) {
  if (!app.kinds.find(group, plural)) await app.kinds.load();
  const kind = app.kinds.find(group, plural, version) ?? app.kinds.find(group, plural);
  if (!kind) throw new Failure(404, "NotFound", `the server doesn't have a resource type "${plural}"`);
  return kind;
}
