// The logs of a Pod's containers, or of all Pods of a workload.

import { app, watchObjects } from "../core/app.js";
import { fill, h } from "../core/dom.js";
import { eachFrame } from "../core/frames.js";
import { Lines } from "../core/lines.js";
import { pathOf, query } from "../core/paths.js";
import { Ring } from "../core/ring.js";
import { plural } from "../core/texts.js";
import { failureBox } from "../ui/notices.js";
import { podSelector } from "./tabs.js";

const SINCE = [["", "Last 1,000 lines"], ["300", "Last 5 minutes"], ["3600", "Last hour"], ["86400", "Last day"], ["all", "All"]];
const MOST_STREAMS = 40;
const SHOWN = 3000;

export function logsTab(self) {
  const kind = app.kinds.find("", "pods");
  const ring = new Ring();
  const streams = new Map();
  const troubles = new Map();
  const box = h("div.text.logs", { tabindex: 0, role: "log", "aria-label": "Log" });
  const trouble = h("div", {});
  const count = h("span.count", {});
  const container = h("select", { "aria-label": "Container", onchange: () => restart() });
  const since = h("select", { "aria-label": "Since", onchange: () => restart() }, SINCE.map(([value, label]) => h("option", { value }, label)));
  const follow = h("input", { type: "checkbox", checked: true, onchange: () => restart() });
  const previous = h("input", { type: "checkbox", onchange: () => restart() });
  const times = h("input", { type: "checkbox", onchange: () => restart() });
  const search = h("input.grow", { type: "search", placeholder: "Only lines with …", "aria-label": "Only lines with", oninput: () => redraw() });
  const label = (input, text) => h("label", {}, input, ` ${text}`);
  const bar = h("div.bar", {}, container, since, label(follow, "follow"), label(previous, "before its restart"), label(times, "times"), search, count, h("button", { onclick: download }, "Download"));
  let drawn = 0;
  let stopped = false;
  let known = "";

  function sources() {
    const pods = self.kind.kind === "Pod" ? [self.object] : [...pods_.cache.rows.values()];
    return pods.flatMap((pod) => {
      const status = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? []), ...(pod.status?.ephemeralContainerStatuses ?? [])];
      return namesOf(pod)
        .filter((name) => !container.value || name === container.value)
        .map((name) => {
          const state = status.find((each) => each.name === name);
          const begun = state?.state?.running || state?.state?.terminated || state?.lastState?.terminated;
          return { pod: pod.metadata.name, container: name, begun: Boolean(begun), id: `${pod.metadata.uid}/${name}/${state?.restartCount ?? 0}` };
        });
    });
  }

  /** Begin the logs of what has begun since. */
  function update() {
    if (stopped) return;
    choose();
    for (const source of sources()) {
      if (streams.has(source.id) || !source.begun || streams.size >= MOST_STREAMS) continue;
      begin(source);
    }
    redraw();
  }

  function begin(source) {
    const lines = new Lines();
    // Of what was restarted while we look, everything: of others, as chosen.
    const again = [...streams.keys()].some((id) => id.startsWith(source.id.replace(/[0-9]+$/, "")));
    const sinceSeconds = again || since.value === "all" ? "" : since.value;
    const path = pathOf(kind, self.namespace, source.pod, "log") + query({
      container: source.container,
      follow: follow.checked && !previous.checked ? "true" : "",
      previous: previous.checked ? "true" : "",
      timestamps: times.checked ? "true" : "",
      sinceSeconds,
      tailLines: !again && !since.value ? 1000 : "",
    });
    const stop = app.mux.stream(path, "*/*", {
      onData: (bytes) => {
        ring.add(source, lines.take(bytes));
        draw();
      },
      onEnd: ({ message, code, body }) => {
        const rest = lines.end();
        if (rest) ring.add(source, [rest]);
        if (message) troubles.set(source.id, { code, message: body?.message ?? message });
        draw();
        // The console or the server went away: what was missed is asked for again.
        if ((code === 0 || code === 502) && !stopped) setTimeout(() => streams.get(source.id) === stop && restart(), 2000);
      },
    });
    streams.set(source.id, stop);
  }

  function restart() {
    for (const stop of streams.values()) stop();
    streams.clear();
    troubles.clear();
    ring.clear();
    known = "";
    update();
  }

  function choose() {
    const pod = self.kind.kind === "Pod" ? self.object : [...pods_.cache.rows.values()][0];
    const names = pod ? namesOf(pod) : [];
    const state = names.join();
    if (state === known) return;
    known = state;
    const before = container.value;
    fill(container, names.length > 1 && h("option", { value: "" }, "All containers"), names.map((name) => h("option", { value: name }, name)));
    container.value = names.includes(before) ? before : names.length > 1 ? "" : (names[0] ?? "");
  }

  function redraw() {
    drawn = 0;
    box.replaceChildren();
    draw();
  }

  const draw = eachFrame(() => {
    const down = box.scrollHeight - box.scrollTop - box.clientHeight < 40 || drawn === 0;
    const words = search.value.toLowerCase();
    const several = streams.size > 1;
    const first = Math.max(drawn - ring.gone, ring.lines.length - SHOWN, 0);
    const elements = ring.lines.slice(first).filter(({ text }) => !words || text.toLowerCase().includes(words)).map(({ from, text }) => h("div", {}, several && h("span.from", {}, `${from.pod} ${from.container}  `), marked(text, words)));
    box.append(...elements);
    while (box.childElementCount > SHOWN) box.firstChild.remove();
    drawn = ring.gone + ring.lines.length;
    count.textContent = plural(ring.lines.length, "line");
    const all = [...new Map([...troubles.values()].map((each) => [each.message, each])).values()].slice(0, 3);
    fill(trouble, all.map(failureBox));
    if (!ring.lines.length && !all.length) fill(box, h("span.quiet", {}, streams.size ? "Nothing has been written yet" : "No container has begun yet"));
    else box.querySelector(":scope > span.quiet")?.remove();
    if (down) box.scrollTop = box.scrollHeight;
  });

  function download() {
    const text = ring.lines.map(({ from, text }) => (streams.size > 1 ? `${from.pod} ${from.container} ${text}\n` : `${text}\n`));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(text, { type: "text/plain" }));
    link.download = `${self.name}.log`;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  const pods_ =
    self.kind.kind === "Pod"
      ? { stop() {} }
      : watchObjects(pathOf(kind, self.namespace), { parameters: { labelSelector: podSelector(self.object) }, onChange: () => update(), onFailure: (failure) => failure && fill(trouble, failureBox(failure)) });

  return {
    element: [bar, trouble, box],
    update: self.kind.kind === "Pod" ? update : undefined,
    stop() {
      stopped = true;
      pods_.stop();
      for (const stop of streams.values()) stop();
    },
  };
}

/** All containers of a Pod, those that matter most first. */
export function namesOf({ spec }) {
  return [...spec.containers, ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])].map((each) => each.name);
}

function marked(text, words) {
  const at = words ? text.toLowerCase().indexOf(words) : -1;
  return at < 0 ? text : [text.slice(0, at), h("mark", {}, text.slice(at, at + words.length)), text.slice(at + words.length)];
}
