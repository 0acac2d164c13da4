// An object as YAML: to read, and to change.

import { ask as console_, get, request } from "../core/api.js";
import { fill, h } from "../core/dom.js";
import { diff, folded } from "../core/diff.js";
import { Failure } from "../core/failures.js";
import { onTop } from "../core/merge.js";
import { comparable, isSecret, masked, readable, withoutManagers } from "../core/secrets.js";
import { yaml } from "../core/yaml.js";
import { ask } from "../ui/dialog.js";
import { failureBox, tell } from "../ui/notices.js";
import { areaOf } from "../ui/area.js";
import { diffBox, yamlBox } from "../ui/texts.js";

export function yamlTab(self) {
  const bar = h("div.bar", {});
  const place = h("div.panel", {});
  const secret = isSecret(self.object);
  const managers = h("input", { type: "checkbox", onchange: () => read() });
  const reveal = h("input", { type: "checkbox", onchange: () => read() });
  let editing = null;

  const shown = (object) => {
    const visible = secret && !reveal.checked ? masked(object) : object;
    return yaml(managers.checked ? readable(visible) : withoutManagers(visible));
  };

  function read() {
    editing = null;
    const copy = h("button", { onclick: () => navigator.clipboard.writeText(shown(self.object)).then(() => tell("Copied")) }, "Copy");
    const edit = h("button.main", { onclick: () => write(withoutManagers(self.object)) }, secret ? "Show values and edit" : "Edit");
    fill(bar, edit, copy, h("label", {}, managers, " managed fields"), secret && h("label", {}, reveal, " show values"));
    fill(place, yamlBox(shown(self.object)));
  }

  function write(object, text = yaml(object)) {
    const area = areaOf(text, "YAML");
    const trouble = h("div", {});
    const news = h("div", {});
    editing = { object, news };
    fill(bar, h("button.main", { onclick: () => save(area, trouble) }, "Check and save"), h("button", { onclick: read }, "Cancel"), h("span.quiet", {}, "Nothing is written before you have seen what changes."));
    fill(place, news, trouble, area);
    area.focus();
  }

  async function save(area, trouble) {
    fill(trouble);
    try {
      const { objects } = await console_("POST", "parse", { text: area.value });
      const [body] = objects;
      if (objects.length !== 1) throw new Failure(400, "", "There has to be one object in this text.");
      for (const [what, own, given] of [["kind", self.object.kind, body.kind], ["name", self.name, body.metadata.name], ["namespace", self.namespace || undefined, body.metadata.namespace]]) {
        if (own !== given) throw new Failure(400, "", `The ${what} of an object cannot be changed: it is ${own}. Create another one instead.`);
      }
      const now = await get(self.path);
      const result = await request("PUT", `${self.path}?dryRun=All&fieldManager=minik8s-dashboard`, { body });
      const lines = folded(diff(yaml(comparable(now)), yaml(comparable(result))));
      const done = await ask({
        title: `Save ${self.kind.kind} ${self.name}?`,
        content: diffBox(lines),
        label: "Save",
        act: () => request("PUT", `${self.path}?fieldManager=minik8s-dashboard`, { body }),
      });
      if (done) {
        tell(`${self.kind.kind} ${self.name} saved`);
        read();
      }
    } catch (failure) {
      const again = failure.code === 409 && h("p", {}, h("button", { onclick: () => rebase(area) }, "Make my change to what is there now"), " ", h("button", { onclick: () => write(withoutManagers(self.object)) }, "Drop my change"));
      fill(trouble, failureBox(failure), again);
    }
  }

  /** The change, done to what is there now; what differs is shown again before it is saved. */
  async function rebase(area) {
    try {
      const { objects } = await console_("POST", "parse", { text: area.value });
      const now = withoutManagers(await get(self.path));
      const merged = onTop(editing.object, objects[0], now);
      write(now, yaml({ ...merged, metadata: { ...merged.metadata, resourceVersion: now.metadata.resourceVersion } }));
    } catch (failure) {
      tell(failure.message, true);
    }
  }

  read();
  return {
    element: [bar, place],
    update(object) {
      if (!editing) {
        const at = place.firstChild?.scrollTop ?? 0;
        if (!getSelection().toString()) {
          fill(place, yamlBox(shown(object)));
          place.firstChild.scrollTop = at;
        }
      } else if (object.metadata.resourceVersion !== editing.object.metadata.resourceVersion) {
        fill(editing.news, h("p.busy", {}, "It has changed since you began. Saving will be refused, and you can compare then."));
      }
    },
  };
}
