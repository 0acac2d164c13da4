// The facts of an object that a person looks for first: [[name, what to show], …].

import { app } from "../core/app.js";
import { h } from "../core/dom.js";
import { place } from "../core/paths.js";
import { selectorText } from "../core/selectors.js";
import { plural } from "../core/texts.js";

const link = (plural, group, namespace, name) => {
  const kind = app.kinds.find(group, plural);
  return kind && name ? h("a", { href: place(kind, namespace, name) }, name) : name;
};

const TELL = {
  Pod: ({ metadata, spec, status }) => [
    ["Node", link("nodes", "", "", spec.nodeName)],
    ["Address", (status?.podIPs ?? []).map((each) => each.ip).join(", ") || status?.podIP],
    ["Service account", link("serviceaccounts", "", metadata.namespace, spec.serviceAccountName)],
    ["Quality of service", status?.qosClass],
    ["Restarts", spec.restartPolicy],
    ["Priority", spec.priorityClassName],
  ],
  Node: ({ spec, status }) => [
    ["Addresses", (status?.addresses ?? []).map((each) => `${each.address} (${each.type})`).join(", ")],
    ["Kubelet", status?.nodeInfo?.kubeletVersion],
    ["Runtime", status?.nodeInfo?.containerRuntimeVersion],
    ["System", [status?.nodeInfo?.osImage, status?.nodeInfo?.kernelVersion, status?.nodeInfo?.architecture].filter(Boolean).join(", ")],
    ["Pod addresses", (spec.podCIDRs ?? []).join(", ")],
    ["Taints", (spec.taints ?? []).map((each) => `${each.key}${each.value ? `=${each.value}` : ""}:${each.effect}`).join(", ")],
  ],
  Deployment: (object) => [...replicas(object), ["Strategy", object.spec.strategy?.type]],
  StatefulSet: (object) => [...replicas(object), ["Service", link("services", "", object.metadata.namespace, object.spec.serviceName)]],
  ReplicaSet: replicas,
  ReplicationController: replicas,
  DaemonSet: ({ spec, status }) => [
    ["Pods", `${status?.numberReady ?? 0} ready of ${status?.desiredNumberScheduled ?? 0} wanted, ${status?.updatedNumberScheduled ?? 0} up to date`],
    ["Selector", selectorText(spec.selector)],
  ],
  Job: ({ spec, status }) => [
    ["Pods", `${status?.active ?? 0} active, ${status?.succeeded ?? 0} succeeded of ${spec.completions ?? "any"}, ${status?.failed ?? 0} failed`],
    ["Finished", status?.completionTime],
  ],
  CronJob: ({ spec, status }) => [
    ["Schedule", `${spec.schedule}${spec.timeZone ? ` (${spec.timeZone})` : ""}`],
    ["Last run", status?.lastScheduleTime],
    ["Concurrency", spec.concurrencyPolicy],
  ],
  Service: ({ spec, status }) => [
    ["Type", spec.type],
    ["Cluster address", (spec.clusterIPs ?? [spec.clusterIP]).filter(Boolean).join(", ")],
    ["External address", [...(status?.loadBalancer?.ingress ?? []).map((each) => each.ip ?? each.hostname), ...(spec.externalIPs ?? [])].join(", ") || spec.externalName],
    ["Ports", (spec.ports ?? []).map((port) => `${port.name ? `${port.name} ` : ""}${port.port}${port.nodePort ? `:${port.nodePort}` : ""}/${port.protocol} → ${port.targetPort}`).join(", ")],
    ["Selector", selectorText(spec.selector)],
  ],
  Ingress: ({ metadata, spec, status }) => [
    ["Class", spec.ingressClassName],
    ["Address", (status?.loadBalancer?.ingress ?? []).map((each) => each.ip ?? each.hostname).join(", ")],
    ["Rules", h("div", {}, (spec.rules ?? []).flatMap((rule) => (rule.http?.paths ?? []).map((path) => h("div", {}, `${rule.host ?? "*"}${path.path ?? "/"} → `, link("services", "", metadata.namespace, path.backend?.service?.name), `:${path.backend?.service?.port?.number ?? path.backend?.service?.port?.name ?? ""}`))))],
  ],
  PersistentVolumeClaim: ({ spec, status }) => [
    ["Volume", link("persistentvolumes", "", "", spec.volumeName)],
    ["Class", link("storageclasses", "storage.k8s.io", "", spec.storageClassName)],
    ["Size", status?.capacity?.storage ?? spec.resources?.requests?.storage],
    ["Access", (spec.accessModes ?? []).join(", ")],
  ],
  PersistentVolume: ({ spec }) => [
    ["Claim", link("persistentvolumeclaims", "", spec.claimRef?.namespace, spec.claimRef?.name)],
    ["Class", spec.storageClassName],
    ["Size", spec.capacity?.storage],
    ["When released", spec.persistentVolumeReclaimPolicy],
  ],
  ConfigMap: ({ data, binaryData }) => [
    ...Object.entries(data ?? {}).map(([key, value]) => [key, h("details", { open: value.length < 200 }, h("summary", {}, plural(value.length, "letter")), h("pre", {}, value))]),
    ...Object.keys(binaryData ?? {}).map((key) => [key, "binary"]),
  ],
  Event: ({ type, reason, message, note, involvedObject, regarding }) => {
    const about = involvedObject ?? regarding ?? {};
    const kind = about.kind && app.kinds.ofObject(about.apiVersion ?? "v1", about.kind);
    return [["About", kind ? h("a", { href: place(kind, about.namespace, about.name) }, `${about.kind} ${about.name}`) : about.name], ["Type", type], ["Reason", reason], ["Message", message ?? note]];
  },
};

function replicas({ spec, status }) {
  const updated = status?.updatedReplicas;
  return [
    ["Replicas", `${status?.readyReplicas ?? 0} ready of ${spec.replicas ?? 1} wanted${updated === undefined ? "" : `, ${updated} up to date`}`],
    ["Selector", selectorText(spec.selector)],
  ];
}

export function factsOf(object) {
  const tell = TELL[object.kind] ?? scalars;
  return tell(object).filter(([, value]) => value !== undefined && value !== null && value !== "");
}

/** Of any other kind: what is a plain value at the top of its spec and status. */
function scalars({ spec, status }) {
  const plain = (part) => Object.entries(part ?? {}).filter(([, value]) => ["string", "number", "boolean"].includes(typeof value));
  return [...plain(spec), ...plain(status).map(([key, value]) => [`status ${key}`, value])].slice(0, 24).map(([key, value]) => [key, String(value)]);
}
