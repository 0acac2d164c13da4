// Revisions of a workload: what they were, and the patch that brings one back.

const REVISION = "deployment.kubernetes.io/revision";
const CAUSE = "kubernetes.io/change-cause";
const HASH = "pod-template-hash";

/** Revisions of a workload, newest first, of its ReplicaSets or ControllerRevisions. */
export function revisions(workload, owned) {
  const mine = owned.filter((each) => (each.metadata.ownerReferences ?? []).some((owner) => owner.uid === workload.metadata.uid));
  return (workload.kind === "Deployment" ? mine.map(ofReplicaSet) : mine.map(ofControllerRevision))
    .filter((each) => each.number > 0)
    .sort((a, b) => b.number - a.number);
}

function ofReplicaSet(set) {
  const template = structuredClone(set.spec.template);
  delete template.metadata?.labels?.[HASH];
  return common(set, Number(set.metadata.annotations?.[REVISION] ?? 0), template);
}

function ofControllerRevision(revision) {
  return common(revision, revision.revision, revision.data?.spec?.template ?? {});
}

function common(from, number, template) {
  return {
    number,
    template,
    name: from.metadata.name,
    created: from.metadata.creationTimestamp,
    cause: from.metadata.annotations?.[CAUSE] ?? "",
    images: (template.spec?.containers ?? []).map((container) => container.image),
    data: from.data,
  };
}

/** [kind of patch, patch] that goes back to a revision. */
export function undo(workload, revision) {
  if (workload.kind !== "Deployment") return ["strategic", revision.data];
  const patch = [{ op: "replace", path: "/spec/template", value: revision.template }];
  if (revision.cause) patch.push({ op: "add", path: `/metadata/annotations/${CAUSE.replace("/", "~1")}`, value: revision.cause });
  return ["json", patch];
}

/** The patch that starts all Pods anew, one after the other. */
export function restart(now = new Date()) {
  const at = now.toISOString().replace(/\.[0-9]+Z$/, "Z");
  return { spec: { template: { metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": at } } } } };
}

/** A Job of a CronJob, now: as `kubectl create job --from` makes it. */
export function jobOf(cronJob, suffix) {
  const { metadata, spec } = cronJob.spec.jobTemplate;
  const name = `${cronJob.metadata.name.slice(0, 52)}-manual-${suffix}`.slice(0, 63);
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name,
      namespace: cronJob.metadata.namespace,
      labels: metadata?.labels,
      annotations: { ...metadata?.annotations, "cronjob.kubernetes.io/instantiate": "manual" },
      ownerReferences: [
        { apiVersion: "batch/v1", kind: "CronJob", name: cronJob.metadata.name, uid: cronJob.metadata.uid, controller: true },
      ],
    },
    spec,
  };
}
