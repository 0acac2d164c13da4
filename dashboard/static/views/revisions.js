// What a workload was before, and the way back.

import { app, watchObjects } from "../core/app.js";
import { patch } from "../core/api.js";
import { fill, h } from "../core/dom.js";
import { diff, folded } from "../core/diff.js";
import { eachFrame } from "../core/frames.js";
import { pathOf } from "../core/paths.js";
import { revisions, undo } from "../core/rollouts.js";
import { selectorText } from "../core/selectors.js";
import { yaml } from "../core/yaml.js";
import { ageOf } from "../ui/ages.js";
import { ask } from "../ui/dialog.js";
import { tell } from "../ui/notices.js";
import { diffBox } from "../ui/texts.js";

export function revisionsTab(self) {
  const kind = app.kinds.find("apps", self.kind.kind === "Deployment" ? "replicasets" : "controllerrevisions");
  const box = h("div.card", {});
  const draw = eachFrame(() => {
    const found = revisions(self.object, [...watch.cache.rows.values()]);
    if (!found.length) return fill(box, h("p.quiet", {}, "No revisions yet"));
    const rows = found.map((each, at) =>
      h(
        "tr",
        {},
        h("td", {}, each.number, at === 0 && h("span.quiet", {}, " (now)")),
        h("td", {}, ageOf(each.created)),
        h("td.mono", {}, each.images.join(", ")),
        h("td", {}, each.cause),
        h("td", {}, at > 0 && h("button", { onclick: () => back(self, each, found[0]) }, "Go back to it")),
      ),
    );
    fill(box, h("div.scroll", {}, h("table.plain", {}, h("thead", {}, h("tr", {}, ["Revision", "Age", "Images", "Cause", ""].map((name) => h("th", { scope: "col" }, name)))), h("tbody", {}, rows))));
  });
  const watch = watchObjects(pathOf(kind, self.namespace), {
    parameters: { labelSelector: selectorText(self.object.spec.selector) },
    onChange: draw,
  });
  return { element: box, update: draw, stop: () => watch.stop() };
}

async function back(self, revision, current) {
  const content = [
    self.object.spec.paused && h("p.bad", {}, "You cannot roll back a paused deployment: resume it first."),
    h("p", {}, "What changes in the template of its Pods:"),
    diffBox(folded(diff(yaml(current.template), yaml(revision.template)))),
  ];
  const [type, body] = undo(self.object, revision);
  const done = await ask({
    title: `Go back to revision ${revision.number} of ${self.kind.kind} ${self.name}`,
    content,
    label: "Roll back",
    act: () => {
      if (self.object.spec.paused) throw new Error("You cannot roll back a paused deployment: resume it first.");
      return patch(self.path, body, type);
    },
  });
  if (done) tell(`${self.kind.kind} ${self.name} rolled back`);
}
