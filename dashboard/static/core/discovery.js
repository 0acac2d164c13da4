// Which kinds the server knows, built-in and custom.

import { Failure } from "./failures.js";
import { get } from "./api.js";

const AGGREGATED =
  "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

/** Kinds of an aggregated document, each group's preferred version first. */
export function kindsOf(document) {
  const found = [];
  for (const group of document.items ?? []) {
    for (const version of group.versions ?? []) {
      for (const each of version.resources ?? []) {
        found.push({
          group: group.metadata?.name ?? "",
          version: version.version,
          plural: each.resource,
          kind: each.responseKind?.kind ?? each.resource,
          namespaced: each.scope === "Namespaced",
          verbs: each.verbs ?? [],
          shortNames: each.shortNames ?? [],
          subresources: (each.subresources ?? []).map((sub) => sub.subresource),
        });
      }
    }
  }
  return found;
}

/** Kinds of one group version's APIResourceList, as servers without aggregated discovery tell them. */
export function kindsOfList(list) {
  const at = list.groupVersion.split("/");
  const [group, version] = at.length > 1 ? at : ["", at[0]];
  const all = list.resources ?? [];
  return all
    .filter((each) => !each.name.includes("/"))
    .map((each) => ({
      group: each.group || group,
      version: each.version || version,
      plural: each.name,
      kind: each.kind,
      namespaced: each.namespaced,
      verbs: each.verbs ?? [],
      shortNames: each.shortNames ?? [],
      subresources: all.filter((sub) => sub.name.startsWith(`${each.name}/`)).map((sub) => sub.name.split("/")[1]),
    }));
}

export class Kinds {
  /** All kinds of all versions. */
  all = [];

  async load() {
    const [core, groups] = await Promise.all([get("/api", AGGREGATED), get("/apis", AGGREGATED)]);
    if (core.kind === "APIGroupDiscoveryList") this.all = [...kindsOf(core), ...kindsOf(groups)];
    else this.all = await this.#oneByOne(groups);
    return this;
  }

  async #oneByOne(groups) {
    const versions = (groups.groups ?? []).flatMap((group) => group.versions.map((each) => `/apis/${each.groupVersion}`));
    const lists = await Promise.all(["/api/v1", ...versions].map((path) => get(path).catch(() => null)));
    return lists.filter(Boolean).flatMap(kindsOfList);
  }

  /** Each listable kind once, in its group's preferred version. */
  listable() {
    const seen = new Set();
    return this.all.filter((kind) => {
      const key = `${kind.group}/${kind.plural}`;
      if (seen.has(key) || !kind.verbs.includes("list")) return false;
      seen.add(key);
      return true;
    });
  }

  /** A kind by its place; without a version the preferred one. */
  find(group, plural, version = "") {
    return this.all.find((kind) => kind.group === group && kind.plural === plural && (!version || kind.version === version));
  }

  /** A kind by what an object says it is. */
  ofObject(apiVersion, name) {
    const at = apiVersion.split("/");
    const [group, version] = at.length > 1 ? at : ["", at[0]];
    return (
      this.all.find((kind) => kind.group === group && kind.version === version && kind.kind === name) ??
      this.all.find((kind) => kind.group === group && kind.kind === name)
    );
  }

  /** The same, asking the server again when it is not known (a new custom resource). Throws Failure. */
  async need(apiVersion, name) {
    let found = this.ofObject(apiVersion, name);
    if (!found) {
      await this.load();
      found = this.ofObject(apiVersion, name);
    }
    if (!found) throw new Failure(404, "NotFound", `no matches for kind "${name}" in version "${apiVersion}"`);
    return found;
  }
}

/** The kinds of the sidebar, in sections: [[title, [kind, …]], …]. */
export function sections(kinds) {
  const left = new Map(kinds.map((kind) => [kind.group ? `${kind.plural}.${kind.group}` : kind.plural, kind]));
  const found = [];
  for (const [title, names] of SECTIONS) {
    const members = [];
    for (const name of names.split(" ")) {
      if (left.has(name)) {
        members.push(left.get(name));
        left.delete(name);
      }
    }
    if (members.length) found.push([title, members]);
  }
  const builtIn = [...left.values()].filter((kind) => isBuiltIn(kind.group));
  const custom = [...left.values()].filter((kind) => !isBuiltIn(kind.group));
  const byName = (a, b) => a.kind.localeCompare(b.kind);
  if (custom.length) found.push(["Custom resources", custom.sort(byName)]);
  if (builtIn.length) found.push(["Other", builtIn.sort(byName)]);
  return found;
}

function isBuiltIn(group) {
  return !group.includes(".") || /(^|\.)k8s\.io$/.test(group);
}

const SECTIONS = [
  ["Workloads", "pods deployments.apps statefulsets.apps daemonsets.apps replicasets.apps jobs.batch cronjobs.batch horizontalpodautoscalers.autoscaling poddisruptionbudgets.policy replicationcontrollers"],
  ["Network", "services ingresses.networking.k8s.io networkpolicies.networking.k8s.io endpointslices.discovery.k8s.io ingressclasses.networking.k8s.io gateways.gateway.networking.k8s.io httproutes.gateway.networking.k8s.io"],
  ["Configuration", "configmaps secrets resourcequotas limitranges"],
  ["Storage", "persistentvolumeclaims persistentvolumes storageclasses.storage.k8s.io volumeattachments.storage.k8s.io csidrivers.storage.k8s.io csinodes.storage.k8s.io"],
  ["Cluster", "nodes namespaces events priorityclasses.scheduling.k8s.io leases.coordination.k8s.io customresourcedefinitions.apiextensions.k8s.io apiservices.apiregistration.k8s.io"],
  ["Access", "serviceaccounts roles.rbac.authorization.k8s.io rolebindings.rbac.authorization.k8s.io clusterroles.rbac.authorization.k8s.io clusterrolebindings.rbac.authorization.k8s.io certificatesigningrequests.certificates.k8s.io"],
];
