// One object: its head with what can be done, and tabs.

import { watchObjects } from "../core/app.js";
import { get } from "../core/api.js";
import { fill, h } from "../core/dom.js";
import { eachFrame } from "../core/frames.js";
import { pathOf, place } from "../core/paths.js";
import { actionsOf } from "../ui/actions.js";
import { failureBox } from "../ui/notices.js";
import { known } from "./list.js";
import { tabsOf } from "./tabs.js";

export async function view(at) {
  const kind = await known(at);
  const head = h("div.bar", {});
  const notice = h("div", {});
  const bar = h("nav.tabs", { role: "tablist" });
  const panel = h("div.panel", { role: "tabpanel" });
  const self = { kind, namespace: at.namespace, name: at.name, path: pathOf(kind, at.namespace, at.name), object: null };
  let parameters = at.parameters;
  let open = null;
  let openName = "";
  let headState = "";

  function drawHead() {
    const { metadata } = self.object;
    const going = metadata.deletionTimestamp;
    const state = JSON.stringify([going, self.object.spec?.paused, self.object.spec?.suspend, self.object.spec?.unschedulable, self.gone]);
    if (state === headState) return;
    headState = state;
    fill(
      head,
      h("h1", {}, h("a.quiet", { href: place(kind, at.namespace) }, kind.kind), ` ${at.name}`),
      at.namespace && h("span.chip", {}, at.namespace),
      going && !self.gone && h("span.chip.busy", {}, "being deleted"),
      self.object.spec?.paused && h("span.chip.busy", {}, "paused"),
      self.object.spec?.suspend && h("span.chip.busy", {}, "suspended"),
      self.object.spec?.unschedulable && h("span.chip.busy", {}, "cordoned"),
      h("span.grow", {}),
      self.gone ? h("span.chip.bad", {}, "deleted") : actionsOf(self),
    );
  }

  function drawTabs() {
    const tabs = tabsOf(kind, self.object);
    const wanted = tabs.find((tab) => tab.name === parameters.tab) ?? tabs[0];
    fill(
      bar,
      tabs.map((tab) =>
        h("a", { role: "tab", "aria-selected": String(tab === wanted), href: place(kind, at.namespace, at.name, tab === tabs[0] ? {} : { tab: tab.name }) }, tab.title),
      ),
    );
    if (openName === wanted.name) return;
    open?.stop?.();
    openName = wanted.name;
    open = wanted.open(self, parameters);
    fill(panel, open.element);
    open.update?.(self.object);
  }

  const draw = eachFrame(() => {
    const [found] = watch.cache.rows.values();
    if (found) {
      self.object = { apiVersion: kind.group ? `${kind.group}/${kind.version}` : kind.version, ...found, kind: kind.kind };
      self.gone = false;
    } else if (self.object) self.gone = true;
    if (!self.object) return fill(notice, !watching.loading && failureBox({ code: 404, message: `${kind.kind} "${at.name}" not found` }));
    fill(notice);
    drawHead();
    drawTabs();
    open?.update?.(self.object);
  });

  const watching = { loading: true };
  const watch = watchObjects(pathOf(kind, at.namespace), {
    parameters: { fieldSelector: `metadata.name=${at.name}` },
    watchable: kind.verbs.includes("watch"),
    onChange: draw,
    onFailure: async (failure) => {
      watching.loading = false;
      if (!failure) return draw();
      try {
        // Who may not list may still be allowed to read this one.
        const object = await get(self.path);
        watch.cache.rows.set(object.metadata.uid, object);
        draw();
      } catch (worse) {
        fill(notice, failureBox(worse));
      }
    },
  });

  return {
    element: [head, notice, bar, panel],
    stop() {
      watch.stop();
      open?.stop?.();
    },
    keep(next) {
      const same = next.view === "object" && ["group", "plural", "version", "namespace", "name"].every((key) => next[key] === at[key]);
      if (!same) return false;
      parameters = next.parameters;
      if (self.object) drawTabs();
      return true;
    },
  };
}
