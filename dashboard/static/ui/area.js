// A field for YAML: Tab indents, and Escape lets Tab leave again.

import { h } from "../core/dom.js";

export function areaOf(text, label) {
  let leaving = false;
  const area = h("textarea.text", {
    value: text,
    "aria-label": label,
    spellcheck: "false",
    autocapitalize: "off",
    onkeydown: (event) => {
      if (event.key === "Escape") leaving = true;
      else if (event.key === "Tab" && !event.shiftKey && !leaving) {
        event.preventDefault();
        area.setRangeText("  ", area.selectionStart, area.selectionEnd, "end");
      } else if (event.key !== "Tab" && event.key !== "Shift") leaving = false;
    },
  });
  area.title = "Tab indents; press Escape first to leave the field by Tab";
  return area;
}
