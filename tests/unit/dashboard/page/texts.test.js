import assert from "node:assert/strict";
import test from "node:test";
import { age, bytes, cores, decoded, plural, quantity, written } from "../../../../dashboard/static/core/texts.js";

test("ages are told as kubectl tells them", () => {
  const now = Date.parse("2026-03-01T00:00:00Z");
  const at = (seconds) => age(new Date(now - seconds * 1000).toISOString(), now);
  const told = { 0: "0s", 119: "119s", 120: "2m", 200: "3m20s", 600: "10m", 10799: "179m", 10800: "3h", 12000: "3h20m", 172799: "47h", 172800: "2d", 273600: "3d4h", 864000: "10d", 63072000: "2y", 63158400: "2y1d" };
  for (const [seconds, text] of Object.entries(told)) assert.equal(at(Number(seconds)), text);
  assert.equal(age("2026-03-01T00:00:05Z", now), "0s");
  assert.equal(age("not a time", now), "");
});

test("quantities are numbers, and numbers are told", () => {
  assert.equal(quantity("250m"), 0.25);
  assert.equal(quantity("1Gi"), 1073741824);
  assert.equal(quantity("1e3"), 1000);
  assert.equal(quantity("12E"), 12e18);
  assert.ok(Number.isNaN(quantity("<none>")));
  assert.equal(bytes(1536 * 1024 * 1024), "1.5 GiB");
  assert.equal(bytes(12), "12 B");
  assert.equal(cores(0.25), "250m");
  assert.equal(cores(4), "4");
  assert.equal(plural(1, "Pod"), "1 Pod");
  assert.equal(plural(5000, "Pod"), "5,000 Pods");
});

test("base64 is text only when it is UTF-8", () => {
  assert.equal(decoded(Buffer.from("größer\n").toString("base64")), "größer\n");
  assert.equal(decoded("/////w=="), null);
  assert.equal(decoded("***"), null);
});

test("what was written last is the newest entry of the diary", () => {
  assert.equal(written({ creationTimestamp: "2026-01-01T00:00:00Z", managedFields: [{ time: "2026-01-03T00:00:00Z" }, { time: "2026-01-02T00:00:00Z" }] }), "2026-01-03T00:00:00Z");
  assert.equal(written({ creationTimestamp: "2026-01-01T00:00:00Z" }), "2026-01-01T00:00:00Z");
});
