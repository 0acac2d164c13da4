// Which lines of two texts differ.

const MOST = 4_000_000;

/** [mark, line] with " ", "-" or "+": a shortest way from `before` to `after`. */
export function diff(before, after) {
  const a = before.split("\n");
  const b = after.split("\n");
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const same = (lines) => lines.map((line) => [" ", line]);
  const middle = between(a.slice(start, a.length - end), b.slice(start, b.length - end));
  return [...same(a.slice(0, start)), ...middle, ...same(a.slice(a.length - end))];
}

function between(a, b) {
  // Texts that have next to nothing in common: all of one, then all of the other.
  if (a.length * b.length > MOST) return [...a.map((line) => ["-", line]), ...b.map((line) => ["+", line])];
  const width = b.length + 1;
  const longest = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      longest[i * width + j] =
        a[i] === b[j] ? longest[(i + 1) * width + j + 1] + 1 : Math.max(longest[(i + 1) * width + j], longest[i * width + j + 1]);
    }
  }
  const found = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) found.push([" ", a[i++], j++].slice(0, 2));
    else if (j >= b.length || (i < a.length && longest[(i + 1) * width + j] >= longest[i * width + j + 1])) found.push(["-", a[i++]]);
    else found.push(["+", b[j++]]);
  }
  return found;
}

/** The lines that changed with `context` lines around each; null stands for what is left out. */
export function folded(lines, context = 3) {
  const near = new Set();
  lines.forEach(([mark], at) => {
    if (mark !== " ") for (let i = at - context; i <= at + context; i++) near.add(i);
  });
  const found = [];
  lines.forEach((line, at) => {
    if (near.has(at)) found.push(line);
    else if (found.at(-1) !== null) found.push(null);
  });
  return found;
}
