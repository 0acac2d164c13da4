import assert from "node:assert/strict";
import test from "node:test";
import { pathOf, place, query, route } from "../../../../dashboard/static/core/paths.js";
import { kindsOf, kindsOfList, sections } from "../../../../dashboard/static/core/discovery.js";
import { selectorText } from "../../../../dashboard/static/core/selectors.js";

const deployments = { group: "apps", version: "v1", plural: "deployments", kind: "Deployment", namespaced: true };
const nodes = { group: "", version: "v1", plural: "nodes", kind: "Node", namespaced: false };

test("paths of the API", () => {
  assert.equal(pathOf(deployments), "/apis/apps/v1/deployments");
  assert.equal(pathOf(deployments, "a", "b", "scale"), "/apis/apps/v1/namespaces/a/deployments/b/scale");
  assert.equal(pathOf(nodes, "ignored", "n/../x"), "/api/v1/nodes/n%2F..%2Fx");
  assert.equal(query({ a: "", b: undefined, c: "x y" }), "?c=x+y");
});

test("a place of the page leads back to what it was made of", () => {
  const at = (...given) => route(place(...given));
  assert.deepEqual(at(deployments, "a", "b/c?d#e", { tab: "logs" }), { view: "object", group: "apps", version: "v1", plural: "deployments", namespace: "a", name: "b/c?d#e", parameters: { tab: "logs" } });
  assert.deepEqual(at(nodes, "", "n"), { view: "object", group: "", version: "v1", plural: "nodes", namespace: "", name: "n", parameters: {} });
  assert.deepEqual(at(deployments, "a"), { view: "list", group: "apps", version: "v1", plural: "deployments", parameters: { ns: "a" } });
  assert.equal(route("").view, "overview");
  assert.equal(route("#/create?ns=x").view, "create");
  assert.equal(route("#/r/%E0%A4%A").view, "overview");
});

const found = (group, ...names) => ({ metadata: { name: group }, versions: ["v1", "v1beta1"].map((version) => ({ version, resources: names.map((resource) => ({ resource, responseKind: { kind: resource }, scope: "Namespaced", verbs: ["list"], subresources: [{ subresource: "scale" }] })) })) });

test("kinds of aggregated and of plain discovery are the same", () => {
  const [first] = kindsOf({ items: [found("apps", "deployments")] });
  assert.deepEqual(first, { group: "apps", version: "v1", plural: "deployments", kind: "deployments", namespaced: true, verbs: ["list"], shortNames: [], subresources: ["scale"] });
  const plain = kindsOfList({ groupVersion: "apps/v1", resources: [{ name: "deployments", kind: "deployments", namespaced: true, verbs: ["list"] }, { name: "deployments/scale", kind: "Scale" }] });
  assert.deepEqual(plain, [first]);
});

test("custom kinds have a section, and none is lost", () => {
  const kinds = kindsOf({ items: [found("", "pods", "secrets"), found("apps", "deployments"), found("acme.example.com", "widgets"), found("node.k8s.io", "runtimeclasses")] }).filter((kind) => kind.version === "v1");
  const named = sections(kinds).map(([title, members]) => [title, members.map((kind) => kind.plural)]);
  assert.deepEqual(named, [["Workloads", ["pods", "deployments"]], ["Configuration", ["secrets"]], ["Custom resources", ["widgets"]], ["Other", ["runtimeclasses"]]]);
});

test("selectors as queries take them", () => {
  assert.equal(selectorText({ app: "web" }), "app=web");
  assert.equal(selectorText({ matchLabels: { b: "2", a: "1" }, matchExpressions: [{ key: "k", operator: "In", values: ["x", "y"] }, { key: "z", operator: "DoesNotExist" }] }), "a=1,b=2,k in (x,y),!z");
  assert.equal(selectorText(undefined), "");
});
