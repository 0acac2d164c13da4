// Texts of several lines: YAML with its keys marked, and what differs between two.

import { h } from "../core/dom.js";

/** Lines of YAML; a key is told from its value by colour. */
export function yamlBox(text) {
  const lines = text.split("\n").flatMap((line) => {
    const found = /^(\s*(?:- )*)([A-Za-z0-9_./-]+|"[^"]*")(:.*)$/.exec(line);
    return found ? [found[1], h("span.key", {}, found[2]), `${found[3]}\n`] : [`${line}\n`];
  });
  return h("pre.text", { tabindex: 0 }, lines);
}

const CLASSES = { "+": "span.more", "-": "span.less", " ": "span.same" };

/** Lines of a diff; null is a gap. */
export function diffBox(lines) {
  if (lines.every((line) => line === null || line[0] === " ")) return h("p.quiet", {}, "Nothing changes");
  return h("pre.text", { tabindex: 0 }, lines.map((line) => (line === null ? h("span.same.quiet", {}, "⋯") : h(CLASSES[line[0]], {}, `${line[0]} ${line[1]}`))));
}
