// What has been said about an object.

import { app } from "../core/app.js";
import { pathOf } from "../core/paths.js";
import { liveTable } from "../ui/tables.js";

/** A live table of an object's events. */
export function eventsOf({ object, namespace }, short = false) {
  const kind = app.kinds.find("", "events");
  const { name, uid } = object.metadata;
  // Events about a node carry its name where others carry a UID.
  const about = object.kind === "Node" ? {} : { "involvedObject.uid": uid };
  const fields = { "involvedObject.name": name, "involvedObject.kind": object.kind, ...about };
  const fieldSelector = Object.entries(fields).map(([key, value]) => `${key}=${value}`).join(",");
  return liveTable(kind, pathOf(kind, namespace), { parameters: { fieldSelector }, empty: "No events", label: "Events", short });
}

export function eventsTab(self) {
  const made = eventsOf(self);
  return { element: made.element, stop: () => made.stop() };
}
