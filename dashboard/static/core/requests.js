// What Pods ask of their node, as the scheduler counts it.

import { quantity } from "./texts.js";

/** Sums by resource over Pods: containers and sidecars together, or the largest init container, and the overhead. */
export function requested(pods) {
  const sums = {};
  for (const pod of pods) {
    for (const [name, amount] of Object.entries(ofPod(pod.spec))) sums[name] = (sums[name] ?? 0) + amount;
  }
  return sums;
}

function ofPod(spec) {
  const total = {};
  const plus = (into, from) => {
    for (const [name, text] of Object.entries(from ?? {})) into[name] = (into[name] ?? 0) + quantity(text);
  };
  const sidecars = {};
  const peaks = {};
  for (const container of spec.initContainers ?? []) {
    const asked = container.resources?.requests;
    if (container.restartPolicy === "Always") plus(sidecars, asked);
    else for (const [name, text] of Object.entries(asked ?? {})) peaks[name] = Math.max(peaks[name] ?? 0, quantity(text) + (sidecars[name] ?? 0));
  }
  for (const container of spec.containers ?? []) plus(total, container.resources?.requests);
  for (const [name, amount] of Object.entries(sidecars)) total[name] = (total[name] ?? 0) + amount;
  for (const [name, peak] of Object.entries(peaks)) total[name] = Math.max(total[name] ?? 0, peak);
  // What is asked for the Pod as a whole stands for its containers.
  for (const [name, text] of Object.entries(spec.resources?.requests ?? {})) total[name] = quantity(text);
  plus(total, spec.overhead);
  return total;
}
