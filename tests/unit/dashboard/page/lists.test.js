import assert from "node:assert/strict";
import test from "node:test";
import { filter } from "../../../../dashboard/static/core/filter.js";
import { columnsOf, rowOf } from "../../../../dashboard/static/core/rows.js";
import { inSight, order, widths } from "../../../../dashboard/static/core/sight.js";

const pods = { group: "", version: "v1", plural: "pods", kind: "Pod", namespaced: true };
const web = { name: "web-1", namespace: "shop", labels: { app: "web", tier: "front" }, cells: { Name: "web-1", Status: "Running", "Nominated Node": "n1" } };

test("a search takes names, labels and columns, and wants all of them", () => {
  for (const text of ["", "WEB", "shop", "app=web", "app==web", "app!=db", "missing!=x", "status:run", "nominated-node:n1", "web app=web status:run"]) assert.ok(filter(text)(web), text);
  for (const text of ["db", "app=db", "app!=web", "missing=", "status:pending", "web app=db"]) assert.ok(!filter(text)(web), text);
});

test("only what is in sight is drawn, of any number of rows", () => {
  assert.deepEqual(inSight(0, 340, 34, 5000), [0, 18]);
  assert.deepEqual(inSight(34000, 340, 34, 5000), [992, 1018]);
  assert.deepEqual(inSight(169660, 340, 34, 5000), [4982, 5000]);
  assert.deepEqual(inSight(0, 340, 34, 0), [0, 0]);
});

test("widths follow the longest, within bounds", () => {
  assert.deepEqual(widths(["Name", "Age"], [["a-long-name", "5m"], ["x".repeat(500), "6m"]], 40), [40, 5]);
});

test("numbers are ordered by size, ages by time", () => {
  const rows = ["web-10", "web-9", "web-100"].map((name, at) => ({ name, texts: [name], since: `2026-01-0${at + 1}T00:00:00Z` }));
  const names = (column, descending) => [...rows].sort(order(column, descending)).map((each) => each.name);
  assert.deepEqual(names({ at: 0 }), ["web-9", "web-10", "web-100"]);
  assert.deepEqual(names({ at: 0 }, true), ["web-100", "web-10", "web-9"]);
  assert.deepEqual(names({ isAge: true }), ["web-100", "web-9", "web-10"]);
});

test("a server's row is a row of ours; wide columns and the namespace when asked", () => {
  const cache = { columns: [{ name: "Name" }, { name: "Ready" }, { name: "Status" }, { name: "IP", priority: 1 }, { name: "Age" }] };
  assert.deepEqual(columnsOf(cache, { withNamespace: false, wide: false }).map((each) => each.name), ["Name", "Ready", "Status", "Age"]);
  const columns = columnsOf(cache, { withNamespace: true, wide: true });
  assert.deepEqual(columns.map((each) => each.name), ["Name", "Namespace", "Ready", "Status", "IP", "Age"]);
  const made = rowOf(pods, columns, { cells: ["p", "0/2", "CrashLoopBackOff", null, "5m"], object: { metadata: { uid: "u", name: "p", namespace: "a b" } } });
  assert.deepEqual(made.texts, ["p", "a b", "0/2", "CrashLoopBackOff", "", "5m"]);
  assert.deepEqual(made.health, ["", "", "bad", "bad", "", ""]);
  assert.equal(made.href, "#/r/core/v1/pods/a%20b/p");
});
