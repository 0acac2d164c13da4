import assert from "node:assert/strict";
import test from "node:test";
import { conditionHealth, partHealth, wordHealth, workloadHealth } from "../../../../dashboard/static/core/health.js";
import { advice, failureOf } from "../../../../dashboard/static/core/failures.js";
import { endOf } from "../../../../dashboard/static/core/channels.js";
import { Ring } from "../../../../dashboard/static/core/ring.js";
import { Lines } from "../../../../dashboard/static/core/lines.js";

test("words a server prints", () => {
  const told = { Running: "good", Completed: "good", Pending: "busy", "Init:0/2": "busy", Terminating: "busy", CrashLoopBackOff: "bad", ErrImagePull: "bad", "Init:Error": "bad", NotReady: "bad", "Ready,SchedulingDisabled": "busy", Warning: "bad", Whatever: "" };
  for (const [word, health] of Object.entries(told)) assert.equal(wordHealth(word), health, word);
  assert.equal(partHealth("2/2"), "good");
  assert.equal(partHealth("1/2"), "busy");
  assert.equal(partHealth("0/2"), "bad");
  assert.equal(partHealth("yes"), "");
});

test("workloads by their own columns", () => {
  assert.equal(workloadHealth("Deployment", { Ready: "1/2" }), "busy");
  assert.equal(workloadHealth("DaemonSet", { Desired: 3, Ready: 3, Available: 3 }), "good");
  assert.equal(workloadHealth("DaemonSet", { Desired: 3, Ready: 3, Available: 0 }), "bad");
  assert.equal(workloadHealth("Job", { Status: "Failed", Completions: "0/1" }), "bad");
  assert.equal(workloadHealth("Job", { Completions: "0/1" }), "busy");
});

test("conditions: most shall hold, some shall not", () => {
  const health = (type, status) => conditionHealth({ type, status });
  assert.equal(health("Ready", "True"), "good");
  assert.equal(health("Ready", "False"), "busy");
  assert.equal(health("MemoryPressure", "False"), "");
  assert.equal(health("MemoryPressure", "True"), "bad");
  assert.equal(health("Ready", "Unknown"), "busy");
});

test("failures keep the server's words", () => {
  const failure = failureOf(409, JSON.stringify({ kind: "Status", code: 409, reason: "Conflict", message: "the object has been modified" }));
  assert.equal(failure.message, "the object has been modified");
  assert.match(advice(failure), /changed it since/);
  assert.match(advice(failureOf(409, JSON.stringify({ kind: "Status", reason: "AlreadyExists", message: "x" }))), /another name/);
  assert.equal(failureOf(502, "<html>bad gateway</html>").message, "<html>bad gateway</html>");
  assert.equal(failureOf(500, "").message, "the server answered 500");
});

test("how a command ended", () => {
  assert.equal(endOf('{"status":"Success"}'), "the command has ended");
  assert.equal(endOf('{"status":"Failure","message":"x","details":{"causes":[{"reason":"ExitCode","message":"7"}]}}'), "the command has ended with exit code 7");
  assert.equal(endOf('{"status":"Failure","message":"container not found"}'), "container not found");
  assert.equal(endOf("not json"), "not json");
});

test("a log keeps its newest lines, without terminal colours", () => {
  const ring = new Ring(100);
  ring.add("a", ["\u001b[31mred\u001b[0m \u001b]0;title\u0007plain\r"]);
  assert.equal(ring.lines[0].text, "red plain");
  ring.add("a", Array.from({ length: 150 }, (_, at) => `line ${at}`));
  assert.equal(ring.lines.length, 100);
  assert.equal(ring.gone, 51);
  assert.equal(ring.lines.at(-1).text, "line 149");
});

test("lines out of pieces", () => {
  const lines = new Lines();
  const bytes = new TextEncoder().encode("a\ngrö");
  assert.deepEqual(lines.take(bytes.subarray(0, 5)), ["a"]);
  assert.deepEqual(lines.take(bytes.subarray(5)), []);
  assert.equal(lines.end(), "grö");
});
