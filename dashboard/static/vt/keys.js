// What a key sends.

const CURSOR = { ArrowUp: "A", ArrowDown: "B", ArrowRight: "C", ArrowLeft: "D", Home: "H", End: "F" };
const TILDE = { Insert: 2, Delete: 3, PageUp: 5, PageDown: 6, F5: 15, F6: 17, F7: 18, F8: 19, F9: 20, F10: 21, F11: 23, F12: 24 };
const FUNCTION = { F1: "P", F2: "Q", F3: "R", F4: "S" };
const PLAIN = { Enter: "\r", Backspace: "\u007f", Tab: "\t", Escape: "\u001b" };

/** The text of a keydown, "" for keys that are the browser's. `application` is the terminal's cursor key mode. */
export function keyText({ key, ctrlKey, altKey, shiftKey, metaKey }, application = false) {
  if (metaKey) return "";
  const modifier = 1 + (shiftKey ? 1 : 0) + (altKey ? 2 : 0) + (ctrlKey ? 4 : 0);
  if (key in CURSOR) {
    if (modifier > 1) return `\u001b[1;${modifier}${CURSOR[key]}`;
    return `\u001b${application ? "O" : "["}${CURSOR[key]}`;
  }
  if (key in TILDE) return `\u001b[${TILDE[key]}${modifier > 1 ? `;${modifier}` : ""}~`;
  if (key in FUNCTION) return modifier > 1 ? `\u001b[1;${modifier}${FUNCTION[key]}` : `\u001bO${FUNCTION[key]}`;
  if (key === "Tab" && shiftKey) return "\u001b[Z";
  if (key in PLAIN) return (altKey ? "\u001b" : "") + PLAIN[key];
  if ([...key].length !== 1) return "";
  if (ctrlKey && shiftKey) return "";
  if (ctrlKey) {
    const code = key.toUpperCase().charCodeAt(0);
    if (code >= 0x40 && code <= 0x5f) return String.fromCharCode(code - 0x40);
    return key === " " ? "\u0000" : "";
  }
  return altKey ? `\u001b${key}` : key;
}
