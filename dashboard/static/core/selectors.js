// A selector as it stands in an object, as the text that queries take.

/** "" for a selector that is empty or missing. */
export function selectorText(selector) {
  if (!selector) return "";
  if (!("matchLabels" in selector) && !("matchExpressions" in selector)) return pairs(selector).join(",");
  const terms = pairs(selector.matchLabels ?? {});
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    const list = `(${values.join(",")})`;
    terms.push({ In: `${key} in ${list}`, NotIn: `${key} notin ${list}`, Exists: key, DoesNotExist: `!${key}` }[operator]);
  }
  return terms.join(",");
}

const pairs = (labels) => Object.entries(labels).map(([key, value]) => `${key}=${value}`).sort();
