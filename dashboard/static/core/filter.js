// What is typed into a list's search: `web app=front env!=dev status:running`.

/** A test of rows: {name, namespace, labels, cells: {column: text}}. */
export function filter(text) {
  const terms = text.trim().split(/\s+/).filter(Boolean).map(term);
  return (row) => terms.every((matches) => matches(row));
}

function term(word) {
  const label = /^([^=!:]+)(!=|==?)(.*)$/.exec(word);
  if (label) {
    const [, key, operator, value] = label;
    return ({ labels }) => ((labels[key] ?? "") === value && key in labels) === (operator !== "!=");
  }
  const column = /^([a-z][a-z-]*):(.+)$/i.exec(word);
  if (column) {
    const [, name, value] = column.map((part) => part.toLowerCase());
    return ({ cells }) =>
      Object.entries(cells).some(([key, cell]) => key.toLowerCase().replaceAll(" ", "-").startsWith(name) && cell.toLowerCase().includes(value));
  }
  const value = word.toLowerCase();
  return ({ name, namespace, cells }) =>
    name.toLowerCase().includes(value) ||
    namespace.toLowerCase().includes(value) ||
    Object.values(cells).some((cell) => cell.toLowerCase().includes(value));
}
