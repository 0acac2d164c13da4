// Which rows of a long list are in sight, and how wide its columns are.

/** [first, behind last] of `count` rows of `height` in a window of `view` pixels that is scrolled by `top`. */
export function inSight(top, view, height, count, spare = 8) {
  const first = Math.max(0, Math.floor(top / height) - spare);
  return [first, Math.min(count, Math.ceil((top + view) / height) + spare)];
}

/** Widths in letters: of each column the longest of its name and its first cells, within bounds. */
export function widths(names, rows, most = 80) {
  const found = names.map((name) => name.length + 2);
  for (const row of rows.slice(0, 400)) {
    row.forEach((text, at) => {
      if (text.length > found[at]) found[at] = text.length;
    });
  }
  return found.map((width) => Math.min(Math.max(width, 5), most));
}

/** An order of rows by a column's text: numbers by size, ages by time. */
export function order(column, descending) {
  const compare = new Intl.Collator("en", { numeric: true }).compare;
  const sign = descending ? -1 : 1;
  return (a, b) => {
    if (column.isAge) return sign * (Date.parse(b.since) - Date.parse(a.since) || compare(a.name, b.name));
    return sign * (compare(a.texts[column.at], b.texts[column.at]) || compare(a.name, b.name));
  };
}
