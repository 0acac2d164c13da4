// Who made an object: the chain of owners, asked once.

import { app } from "../core/app.js";
import { get } from "../core/api.js";
import { fill, h } from "../core/dom.js";
import { pathOf, place } from "../core/paths.js";

const METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";

export function ownersLine({ object, namespace }) {
  const element = h("span", {}, object.metadata.ownerReferences?.length ? "…" : "nobody else");
  follow(object, namespace, []).then((found) => found.length && fill(element, found.map((each, at) => [at > 0 && " of ", each])));
  return { element };
}

async function follow(object, namespace, found) {
  const owners = object.metadata.ownerReferences ?? [];
  const owner = owners.find((each) => each.controller) ?? owners[0];
  if (!owner || found.length > 8) return found;
  try {
    const kind = await app.kinds.need(owner.apiVersion, owner.kind);
    const inside = kind.namespaced ? namespace : "";
    found.push(h("a", { href: place(kind, inside, owner.name) }, `${owner.kind} ${owner.name}`));
    return await follow(await get(pathOf(kind, inside, owner.name), METADATA), namespace, found);
  } catch (failure) {
    // It is gone, or may not be read.
    if (failure.code === 404) found.push(h("span.busy", {}, `${owner.kind} ${owner.name}, which is gone`));
    return found;
  }
}
