// How a cell looks: colours and weight, one object for all cells that look alike.

export const PLAIN = Object.freeze({ fg: "", bg: "", bold: false, dim: false, italic: false, under: false, inverse: false });

const SET = { 1: { bold: true }, 2: { dim: true }, 3: { italic: true }, 4: { under: true }, 7: { inverse: true } };
const UNSET = { 22: { bold: false, dim: false }, 23: { italic: false }, 24: { under: false }, 27: { inverse: false } };

/** The style after `ESC [ … m`. Colours are "0" to "255", or "#rrggbb". */
export function sgr(style, parameters) {
  let found = style;
  for (let at = 0; at < parameters.length; at++) {
    const code = parameters[at];
    if (code === 0) found = PLAIN;
    else if (code in SET) found = { ...found, ...SET[code] };
    else if (code in UNSET) found = { ...found, ...UNSET[code] };
    else if (code === 39) found = { ...found, fg: "" };
    else if (code === 49) found = { ...found, bg: "" };
    else if (code >= 30 && code <= 37) found = { ...found, fg: String(code - 30) };
    else if (code >= 40 && code <= 47) found = { ...found, bg: String(code - 40) };
    else if (code >= 90 && code <= 97) found = { ...found, fg: String(code - 82) };
    else if (code >= 100 && code <= 107) found = { ...found, bg: String(code - 92) };
    else if (code === 38 || code === 48) {
      const part = code === 38 ? "fg" : "bg";
      if (parameters[at + 1] === 5) {
        found = { ...found, [part]: String(parameters[at + 2] & 255) };
        at += 2;
      } else if (parameters[at + 1] === 2) {
        found = { ...found, [part]: rgb(parameters.slice(at + 2, at + 5)) };
        at += 4;
      }
    }
  }
  return found;
}

function rgb(parts) {
  return `#${parts.map((part) => (part & 255).toString(16).padStart(2, "0")).join("")}`;
}

/** A colour for CSS: the sixteen are the page's own, so that they suit light and dark. */
export function css(colour) {
  if (!colour || colour.startsWith("#")) return colour;
  const index = Number(colour);
  if (index < 16) return `var(--vt-${index})`;
  if (index >= 232) return rgb(Array(3).fill(8 + (index - 232) * 10));
  const steps = [0, 95, 135, 175, 215, 255];
  const cube = index - 16;
  return rgb([steps[Math.floor(cube / 36)], steps[Math.floor(cube / 6) % 6], steps[cube % 6]]);
}
