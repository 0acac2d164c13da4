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

/** A copy without the diary of who owns which field. */
export function withoutManagers(object) {
  const { managedFields, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** A copy without what every write changes, for comparing. */
export function comparable(object) {
  const { managedFields, resourceVersion, generation, ...metadata } = object.metadata;
  return { ...object, metadata };
}
