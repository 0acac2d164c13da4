// Objects as YAML that every reader takes for the same values.

const PLAIN = /^[A-Za-z_/]([A-Za-z0-9_./\-]|:(?=[^\s])|[ ](?=[A-Za-z0-9_./\-]))*$/;
const WORDS = /^(true|false|yes|no|on|off|null|y|n)$/i;

/** YAML of a value, keys in their order. */
export function yaml(value) {
  const lines = [];
  write(value, 0, lines, "");
  return `${lines.join("\n")}\n`;
}

function write(value, depth, lines, head) {
  const pad = "  ".repeat(depth);
  if (Array.isArray(value) && value.length) {
    if (head) lines.push(head);
    // Members stand below their key, as kubectl has them.
    const at = head ? Math.max(depth - 1, 0) : depth;
    for (const each of value) item(each, at, lines);
  } else if (value !== null && typeof value === "object" && Object.keys(value).length) {
    if (head) lines.push(head);
    for (const [key, each] of Object.entries(value)) pair(key, each, depth, lines);
  } else {
    lines.push(head ? `${head} ${scalar(value, pad)}` : `${pad}${scalar(value, pad)}`);
  }
}

function pair(key, value, depth, lines) {
  write(value, depth + 1, lines, `${"  ".repeat(depth)}${text(key)}:`);
}

function item(value, depth, lines) {
  const pad = "  ".repeat(depth);
  const inner = [];
  if (value !== null && typeof value === "object") write(value, depth + 1, inner, "");
  else inner.push(`${pad}  ${scalar(value, `${pad}  `)}`);
  // The first line of what is inside stands behind the dash.
  inner[0] = `${pad}- ${inner[0].slice(pad.length + 2)}`;
  lines.push(...inner);
}

function scalar(value, pad) {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "[]";
  if (typeof value === "object") return "{}";
  if (typeof value !== "string") return String(value);
  if (value.includes("\n") && isBlock(value)) return block(value, pad);
  return text(value);
}

/** Lines that stand as they are: no odd blanks, nothing unprintable. */
function isBlock(value) {
  return !/^[\s]|[ \t]\n|[ \t]$|[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff]/.test(value) && value.trim() !== "";
}

function block(value, pad) {
  const tail = /\n*$/.exec(value)[0].length;
  const mark = tail === 0 ? "|-" : tail === 1 ? "|" : "|+";
  const lines = value.slice(0, value.length - Math.min(tail, 1)).split("\n");
  return [mark, ...lines.map((line) => (line ? `${pad}${line}` : ""))].join("\n");
}

function text(value) {
  return PLAIN.test(value) && !WORDS.test(value) ? value : JSON.stringify(value).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, escaped);
}

function escaped(letter) {
  return `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
