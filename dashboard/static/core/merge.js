// A change made to one version of an object, on another version of it.

const isMap = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** `now` with what differs between `before` and `after` done to it. Lists are taken as a whole. */
export function onTop(before, after, now) {
  if (same(before, after)) return now;
  if (!isMap(before) || !isMap(after) || !isMap(now)) return after;
  const found = { ...now };
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (!(key in after)) delete found[key];
    else if (!(key in before) && !(key in now)) found[key] = after[key];
    else found[key] = onTop(before[key], after[key], now[key]);
  }
  return found;
}
