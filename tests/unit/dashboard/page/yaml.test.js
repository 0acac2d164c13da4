import assert from "node:assert/strict";
import test from "node:test";
import { yaml } from "../../../../dashboard/static/core/yaml.js";

test("an object is written as people write it", () => {
  const object = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "a", labels: {}, finalizers: [] },
    spec: { containers: [{ name: "c", args: ["-x", "yes", "8080"], command: ["sh", ["a", ["b"]]] }], number: 3, on: true, nothing: null },
  };
  assert.equal(
    yaml(object),
    `apiVersion: v1
kind: Pod
metadata:
  name: a
  labels: {}
  finalizers: []
spec:
  containers:
  - name: c
    args:
    - "-x"
    - "yes"
    - "8080"
    command:
    - sh
    - - a
      - - b
  number: 3
  "on": true
  nothing: null
`,
  );
});

test("lines stay lines, and keep how they end", () => {
  assert.equal(yaml({ a: "one\ntwo\n" }), "a: |\n  one\n  two\n");
  assert.equal(yaml({ a: "one\ntwo" }), "a: |-\n  one\n  two\n");
  assert.equal(yaml({ a: "one\n\n\n" }), "a: |+\n  one\n\n\n");
  assert.equal(yaml({ a: " led by a blank\n" }), 'a: " led by a blank\\n"\n');
  assert.equal(yaml({ a: "tab\tinside\nx" }), 'a: "tab\\tinside\\nx"\n');
});
