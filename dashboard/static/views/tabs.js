// Which tabs an object has.

import { app } from "../core/app.js";
import { pathOf } from "../core/paths.js";
import { selectorText } from "../core/selectors.js";
import { liveTable } from "../ui/tables.js";
import { eventsTab } from "./events.js";
import { logsTab } from "./logs.js";
import { revisionsTab } from "./revisions.js";
import { summaryTab } from "./summary.js";
import { terminalTab } from "./terminal.js";
import { yamlTab } from "./yaml.js";

const WITH_PODS = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job", "Service"];
const WITH_LOGS = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job"];
const WITH_REVISIONS = ["Deployment", "StatefulSet", "DaemonSet"];

/** [{name, title, open(self, parameters) -> {element, update(object), stop()}}, …]; the first is shown at first. */
export function tabsOf(kind, object) {
  const builtIn = ["", "apps", "batch"].includes(kind.group);
  const named = (names) => builtIn && names.includes(kind.kind);
  const found = [{ name: "summary", title: "Summary", open: summaryTab }];
  if (named(WITH_PODS) && podSelector(object)) found.push({ name: "pods", title: "Pods", open: podsTab });
  if (named(["Node"])) found.push({ name: "pods", title: "Pods", open: nodePodsTab });
  if (named(["CronJob"])) found.push({ name: "jobs", title: "Jobs", open: jobsTab });
  if (named(["Service"])) found.push({ name: "endpoints", title: "Endpoints", open: endpointsTab });
  if (named(["Pod"]) || (named(WITH_LOGS) && podSelector(object))) found.push({ name: "logs", title: "Logs", open: logsTab });
  if (named(["Pod"])) found.push({ name: "terminal", title: "Terminal", open: terminalTab });
  if (named(WITH_REVISIONS)) found.push({ name: "revisions", title: "Revisions", open: revisionsTab });
  if (named(["Namespace"])) found.push({ name: "everything", title: "Events inside", open: insideTab });
  found.push({ name: "events", title: "Events", open: eventsTab }, { name: "yaml", title: "YAML", open: yamlTab });
  return found;
}

/** The selector of the Pods of an object, "" for none. */
export function podSelector(object) {
  return selectorText(object.spec?.selector);
}

function table(kind, path, given) {
  const made = liveTable(kind, path, given);
  return { element: made.element, stop: () => made.stop() };
}

function podsTab({ object, namespace }) {
  const kind = app.kinds.find("", "pods");
  return table(kind, pathOf(kind, namespace), { parameters: { labelSelector: podSelector(object) }, empty: "No Pods" });
}

function nodePodsTab({ name }) {
  const kind = app.kinds.find("", "pods");
  return table(kind, pathOf(kind), { parameters: { fieldSelector: `spec.nodeName=${name}` }, withNamespace: true, empty: "No Pods" });
}

function jobsTab({ object, namespace }) {
  const kind = app.kinds.find("batch", "jobs");
  const mine = ({ object: { metadata } }) => (metadata.ownerReferences ?? []).some((owner) => owner.uid === object.metadata.uid);
  return table(kind, pathOf(kind, namespace), { keep: mine, empty: "It has started no Job yet" });
}

function endpointsTab({ namespace, name }) {
  const kind = app.kinds.find("discovery.k8s.io", "endpointslices");
  return table(kind, pathOf(kind, namespace), { parameters: { labelSelector: `kubernetes.io/service-name=${name}` }, empty: "No endpoints" });
}

function insideTab({ name }) {
  const kind = app.kinds.find("", "events");
  return table(kind, pathOf(kind, name), { empty: "No events" });
}
