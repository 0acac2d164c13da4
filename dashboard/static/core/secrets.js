// Objects without what is secret in them, and as they are edited.

const APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
export const HIDDEN = "(hidden)";

/** Whether an object's values are hidden until they are asked for. */
export function isSecret(object) {
  return object.kind === "Secret" && object.apiVersion === "v1";
}

/** A copy to show: a Secret's values hidden, also those in what was last applied. */
export function masked(object) {
  if (!isSecret(object)) return object;
  const copy = structuredClone(object);
  for (const part of ["data", "stringData"]) {
    for (const key of Object.keys(copy[part] ?? {})) copy[part][key] = HIDDEN;
  }
  if (copy.metadata?.annotations?.[APPLIED]) copy.metadata.annotations[APPLIED] = HIDDEN;
  return copy;
}

const FIRST = ["apiVersion", "kind", "metadata", "spec", "data", "stringData", "status"];
const FIRST_OF_METADATA = ["name", "generateName", "namespace", "labels", "annotations"];

/** Keys in the order people write them; the others behind, as they come. */
function ordered(map, first) {
  return Object.fromEntries([...first.filter((key) => key in map).map((key) => [key, map[key]]), ...Object.entries(map).filter(([key]) => !first.includes(key))]);
}

/** An object as people read it. */
export function readable(object) {
  return ordered({ ...object, metadata: ordered(object.metadata, FIRST_OF_METADATA) }, FIRST);
}

/** A copy without the diary of who owns which field. */
export function withoutManagers(object) {
  const { managedFields, ...metadata } = object.metadata;
  return readable({ ...object, metadata });
}

/** A copy without what every write changes, for comparing. */
export function comparable(object) {
  const { managedFields, resourceVersion, generation, ...metadata } = object.metadata;
  return readable({ ...object, metadata });
}
