import assert from "node:assert/strict";
import test from "node:test";
import { diff, folded } from "../../../../dashboard/static/core/diff.js";
import { onTop } from "../../../../dashboard/static/core/merge.js";
import { requested } from "../../../../dashboard/static/core/requests.js";
import { jobOf, restart, revisions, undo } from "../../../../dashboard/static/core/rollouts.js";
import { HIDDEN, comparable, masked, withoutManagers } from "../../../../dashboard/static/core/secrets.js";

test("a diff has every line once, in order", () => {
  assert.deepEqual(diff("a\nb\nc", "a\nx\nc\nd"), [[" ", "a"], ["-", "b"], ["+", "x"], [" ", "c"], ["+", "d"]]);
  assert.deepEqual(diff("", "a"), [["-", ""], ["+", "a"]]);
  const [before, after] = ["a\nb\nc\nd\ne\nf", "b\nc\nx\ne\nf\ng"];
  const lines = diff(before, after);
  const side = (mark) => lines.filter(([each]) => each === " " || each === mark).map(([, line]) => line).join("\n");
  assert.equal(side("-"), before);
  assert.equal(side("+"), after);
});

test("what is alike is left out, but for a few lines around", () => {
  const lines = diff("1\n2\n3\n4\n5\n6\n7\n8", "1\n2\n3\n4\nfive\n6\n7\n8");
  assert.deepEqual(folded(lines, 1), [null, [" ", "4"], ["-", "5"], ["+", "five"], [" ", "6"], null]);
});

test("a change is made to what is there now, and loses nothing of it", () => {
  const before = { metadata: { labels: { a: "1" }, resourceVersion: "1" }, spec: { replicas: 5, paused: true } };
  const after = { metadata: { labels: { a: "1", mine: "x" }, resourceVersion: "1" }, spec: { replicas: 2 } };
  const now = { metadata: { labels: { a: "1", theirs: "y" }, resourceVersion: "2" }, spec: { replicas: 5, paused: true, other: [1] } };
  assert.deepEqual(onTop(before, after, now), { metadata: { labels: { a: "1", theirs: "y", mine: "x" }, resourceVersion: "2" }, spec: { replicas: 2, other: [1] } });
});

test("a Secret's values are hidden everywhere they stand", () => {
  const applied = "kubectl.kubernetes.io/last-applied-configuration";
  const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "s", annotations: { [applied]: '{"data":{"p":"aHVudGVyMg=="}}', b: "c" } }, data: { p: "aHVudGVyMg==" }, stringData: { q: "hunter2" } };
  const shown = masked(secret);
  assert.ok(!JSON.stringify(shown).includes("hunter2") && !JSON.stringify(shown).includes("aHVudGVyMg"));
  assert.equal(shown.data.p, HIDDEN);
  assert.equal(shown.metadata.annotations.b, "c");
  assert.equal(secret.data.p, "aHVudGVyMg==");
  const plain = { apiVersion: "v1", kind: "ConfigMap", metadata: {}, data: { p: "x" } };
  assert.equal(masked(plain), plain);
});

test("objects for reading and comparing", () => {
  const object = { kind: "A", status: {}, apiVersion: "v1", metadata: { uid: "u", name: "n", managedFields: [1], resourceVersion: "5", generation: 2 }, spec: {} };
  assert.deepEqual(Object.keys(withoutManagers(object)), ["apiVersion", "kind", "metadata", "spec", "status"]);
  assert.deepEqual(Object.keys(withoutManagers(object).metadata), ["name", "uid", "resourceVersion", "generation"]);
  assert.deepEqual(Object.keys(comparable(object).metadata), ["name", "uid"]);
});

const owner = [{ uid: "d", controller: true }];
const set = (number, image, extra = {}) => ({ metadata: { name: `rs-${number}`, ownerReferences: owner, annotations: { "deployment.kubernetes.io/revision": String(number), ...extra } }, spec: { template: { metadata: { labels: { app: "a", "pod-template-hash": "h" } }, spec: { containers: [{ image }] } } } });

test("a Deployment goes back to a ReplicaSet's template, without its hash", () => {
  const workload = { kind: "Deployment", metadata: { uid: "d" } };
  const others = { ...set(9, "x"), metadata: { ...set(9, "x").metadata, ownerReferences: [{ uid: "other" }] } };
  const found = revisions(workload, [set(1, "a:1", { "kubernetes.io/change-cause": "first" }), set(10, "a:10"), set(2, "a:2"), others]);
  assert.deepEqual(found.map((each) => [each.number, each.images[0]]), [[10, "a:10"], [2, "a:2"], [1, "a:1"]]);
  const [kind, patch] = undo(workload, found[2]);
  assert.equal(kind, "json");
  assert.deepEqual(patch[0].value.metadata.labels, { app: "a" });
  assert.deepEqual(patch[1], { op: "add", path: "/metadata/annotations/kubernetes.io~1change-cause", value: "first" });
});

test("others go back by what their revision keeps", () => {
  const data = { spec: { template: { $patch: "replace", spec: { containers: [{ image: "x" }] } } } };
  const [found] = revisions({ kind: "StatefulSet", metadata: { uid: "d" } }, [{ metadata: { name: "r", ownerReferences: owner }, revision: 3, data }]);
  assert.deepEqual(undo({ kind: "StatefulSet" }, found), ["strategic", data]);
  assert.deepEqual(restart(new Date("2026-01-02T03:04:05.678Z")).spec.template.metadata.annotations, { "kubectl.kubernetes.io/restartedAt": "2026-01-02T03:04:05Z" });
});

test("a Job of a CronJob is its own, and its name is short enough", () => {
  const job = jobOf({ metadata: { name: "n".repeat(60), namespace: "a", uid: "u" }, spec: { jobTemplate: { metadata: { labels: { l: "1" } }, spec: { template: {} } } } }, "abcdefgh");
  assert.ok(job.metadata.name.length <= 63);
  assert.equal(job.metadata.annotations["cronjob.kubernetes.io/instantiate"], "manual");
  assert.deepEqual(job.metadata.ownerReferences, [{ apiVersion: "batch/v1", kind: "CronJob", name: "n".repeat(60), uid: "u", controller: true }]);
});

test("what Pods ask for is counted as the scheduler counts", () => {
  const asks = (cpu) => ({ resources: { requests: { cpu } } });
  const pod = { spec: { containers: [asks("100m"), asks("200m")], initContainers: [asks("1"), { ...asks("50m"), restartPolicy: "Always" }, asks("100m")], overhead: { cpu: "10m" } } };
  assert.equal(Math.round(requested([pod]).cpu * 1000), 1010);
  assert.equal(Math.round(requested([{ spec: { containers: [asks("100m")], initContainers: [{ ...asks("50m"), restartPolicy: "Always" }] } }]).cpu * 1000), 150);
});
