// A Secret's values: hidden until one asks for them.

import { fill, h } from "../core/dom.js";
import { isSecret } from "../core/secrets.js";
import { decoded } from "../core/texts.js";

export function secretCard({ object }) {
  if (!isSecret(object)) return null;
  const rows = h("dl.facts", {});
  const shown = new Set();
  let latest = object;
  const draw = () =>
    fill(
      rows,
      Object.entries(latest.data ?? {}).map(([key, value]) => {
        const open = shown.has(key);
        const toggle = () => {
          if (!shown.delete(key)) shown.add(key);
          draw();
        };
        const size = Math.floor((value.replace(/=+$/, "").length * 3) / 4);
        const button = h("button", { onclick: toggle, "aria-label": `${open ? "Hide" : "Show"} ${key}` }, open ? "Hide" : "Show");
        const text = open && h("pre", {}, decoded(value) ?? `binary, base64: ${value}`);
        return [h("dt", {}, key), h("dd", {}, h("span.quiet", {}, `${size} bytes `), button, text)];
      }),
    );
  return {
    element: h("section.card", {}, h("h2", {}, "Values"), rows),
    update(object) {
      latest = object;
      draw();
    },
  };
}
