// What nodes and Pods use now, where metrics.k8s.io is served. It has no watch: it is asked while it is looked at.

import { app } from "./app.js";
import { get } from "./api.js";

const EVERY = 15000;

/** Hear of use: `heard(items)` with what the list at a path has. Returns what ends it. */
export function measure(path, heard) {
  if (!app.kinds.find("metrics.k8s.io", "nodes")) return () => {};
  let stopped = false;
  const round = async () => {
    if (stopped) return;
    if (!document.hidden) {
      try {
        const answer = await get(`/apis/metrics.k8s.io/v1beta1/${path}`);
        if (!stopped) heard(answer.items ?? [answer]);
      } catch {
        // It has not been measured yet, or may not be read: there is nothing to show.
      }
    }
    setTimeout(round, EVERY);
  };
  round();
  return () => (stopped = true);
}
