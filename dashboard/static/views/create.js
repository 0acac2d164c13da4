// Objects from YAML: looked at first, then applied.

import { app } from "../core/app.js";
import { ask as console_, get, request, PATCH } from "../core/api.js";
import { fill, h } from "../core/dom.js";
import { diff, folded } from "../core/diff.js";
import { pathOf, place } from "../core/paths.js";
import { comparable, masked } from "../core/secrets.js";
import { yaml } from "../core/yaml.js";
import { areaOf } from "../ui/area.js";
import { failureBox, tell } from "../ui/notices.js";
import { diffBox } from "../ui/texts.js";

const EXAMPLE = `apiVersion: v1
kind: ConfigMap
metadata:
  name: example
data:
  key: value
`;

export async function view(at) {
  const namespace = at.parameters.ns || "default";
  const area = areaOf(EXAMPLE, "YAML of the objects");
  const results = h("div.panel", {});
  const force = h("input", { type: "checkbox" });
  const file = h("input", { type: "file", accept: ".yaml,.yml,.json", multiple: true, "aria-label": "Files", onchange: () => load(file.files) });
  area.addEventListener("dragover", (event) => event.preventDefault());
  area.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    load(event.dataTransfer.files);
  });

  async function load(files) {
    area.value = (await Promise.all([...files].map((each) => each.text()))).join("\n---\n");
  }

  async function go(dry) {
    let objects;
    try {
      ({ objects } = await console_("POST", "parse", { text: area.value }));
    } catch (failure) {
      return fill(results, failureBox(failure));
    }
    const found = [];
    fill(results);
    // One after the other: a namespace comes before what is in it.
    for (const object of objects) {
      const made = await one(object, namespace, dry, force.checked);
      found.push(made);
      results.append(made.element);
      if (made.failed && !dry) break;
    }
    const failed = found.filter((each) => each.failed).length;
    if (!dry && !failed) tell(`${found.length} applied`);
  }

  return {
    element: [
      h("div.bar", {}, h("h1", {}, "Create or change"), h("span.quiet", {}, `Objects that name no namespace go to ${namespace}.`)),
      area,
      h("div.bar", {}, h("button", { onclick: () => go(true) }, "Show what would change"), h("button.main", { onclick: () => go(false) }, "Apply"), h("label", {}, force, " take fields over from others"), file),
      results,
    ],
    stop() {},
  };
}

async function one(object, namespace, dry, force) {
  const { apiVersion, kind: name, metadata } = object;
  const title = `${name} ${metadata.name ?? metadata.generateName}`;
  try {
    const kind = await app.kinds.need(apiVersion, name);
    const inside = kind.namespaced ? metadata.namespace || namespace : "";
    if (kind.namespaced) metadata.namespace = inside;
    const options = `${dry ? "dryRun=All&" : ""}fieldManager=minik8s-dashboard&fieldValidation=Strict`;
    const before = metadata.name ? await get(pathOf(kind, inside, metadata.name)).catch(ifMissing) : null;
    const result = metadata.name
      ? await request("PATCH", `${pathOf(kind, inside, metadata.name)}?${options}${force ? "&force=true" : ""}`, { body: object, type: PATCH.apply })
      : await request("POST", `${pathOf(kind, inside)}?${options}`, { body: object });
    const same = before && before.metadata.resourceVersion === result.metadata.resourceVersion;
    const word = before ? (same && !dry ? "unchanged" : "configured") : "created";
    const lines = folded(diff(before ? yaml(comparable(masked(before))) : "", yaml(comparable(masked(result)))));
    return {
      element: h("section.card", {}, h("h3", {}, h("a", { href: place(kind, inside, result.metadata.name) }, `${name} ${result.metadata.name}`), " ", h("span.chip.good", {}, dry ? `would be ${word}` : word)), (dry || before) && h("details", { open: dry }, h("summary", {}, "What changes"), diffBox(lines))),
    };
  } catch (failure) {
    const conflict = failure.code === 409 && failure.reason === "Conflict";
    const box = failureBox(conflict ? { message: failure.message } : failure);
    return {
      failed: true,
      element: h("section.card", {}, h("h3", {}, title, " ", h("span.chip.bad", {}, "refused")), box, conflict && h("p", {}, 'Others own these fields. Leave them out, or choose "take fields over from others".')),
    };
  }
}

function ifMissing(failure) {
  if (failure.code === 404) return null;
  throw failure;
}
