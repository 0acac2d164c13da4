import assert from "node:assert/strict";
import test from "node:test";
import { ObjectCache, TableCache } from "../../../../dashboard/static/core/cache.js";
import { Failure } from "../../../../dashboard/static/core/failures.js";
import { Watch } from "../../../../dashboard/static/core/watch.js";

const row = (name, version, ...cells) => ({ cells: [name, ...cells], object: { metadata: { uid: `uid-${name}`, name, resourceVersion: version } } });
const columns = [{ name: "Name" }];
const encode = (...events) => new TextEncoder().encode(events.map((event) => `${JSON.stringify(event)}\n`).join(""));
const names = (cache) => [...cache.rows.values()].map((each) => each.cells[0]);

/** A server that answers from scripts, and tells what it was asked. */
function server(pages, streams) {
  const asked = [];
  return {
    asked,
    waits: [],
    async get(path) {
      asked.push(path);
      const page = pages.shift();
      if (page instanceof Failure) throw page;
      return page;
    },
    stream(path, accept, handlers) {
      asked.push(path);
      const script = streams.shift();
      if (script) queueMicrotask(() => script(handlers));
      return () => {};
    },
    async wait(milliseconds) {
      this.waits.push(milliseconds);
    },
  };
}

/** Run a watch until a script calls `stop`. */
async function run(pages, streams, cache = new TableCache()) {
  const states = [];
  const tools = server(pages, [...streams, () => watch.stop()]);
  const watch = new Watch("/api/v1/pods", { cache, accept: "table", tools, onState: (state, failure) => states.push(failure ? `${state} ${failure.code}` : state) });
  watch.start();
  await watch.done;
  return { cache, tools, states, asked: tools.asked };
}

test("it lists page by page, then watches from the list's version", async () => {
  const { cache, asked } = await run(
    [
      { columnDefinitions: columns, rows: [row("a", "1")], metadata: { resourceVersion: "10", continue: "next" } },
      { rows: [row("b", "2")], metadata: { resourceVersion: "10" } },
    ],
    [
      ({ onOpen, onData, onEnd }) => {
        onOpen();
        onData(encode({ type: "ADDED", object: { columnDefinitions: columns, rows: [row("c", "11")], metadata: {} } }));
        onData(encode({ type: "DELETED", object: { rows: [row("a", "12")], metadata: {} } }));
        onEnd({ message: "" });
      },
    ],
  );
  assert.deepEqual(names(cache), ["b", "c"]);
  assert.match(asked[0], /limit=1000$/);
  assert.match(asked[1], /continue=next/);
  assert.match(asked[2], /resourceVersion=10&/);
  assert.match(asked[3], /resourceVersion=12&/);
});

test("an event in pieces is taken when it is whole", async () => {
  const bytes = encode({ type: "MODIFIED", object: { rows: [row("größe", "5", "é")], metadata: {} } });
  const { cache } = await run(
    [{ columnDefinitions: columns, rows: [], metadata: { resourceVersion: "1" } }],
    [
      ({ onData, onEnd }) => {
        for (const each of bytes) onData(Uint8Array.of(each));
        onEnd({ message: "" });
      },
    ],
  );
  assert.deepEqual(names(cache), ["größe"]);
});

test("what the server has forgotten is listed anew, and what went meanwhile is gone", async () => {
  const { cache, states, tools } = await run(
    [
      { columnDefinitions: columns, rows: [row("old", "1"), row("kept", "2")], metadata: { resourceVersion: "2" } },
      { columnDefinitions: columns, rows: [row("kept", "2"), row("new", "9")], metadata: { resourceVersion: "9" } },
    ],
    [({ onData }) => onData(encode({ type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired", message: "too old" } }))],
  );
  assert.deepEqual(names(cache), ["kept", "new"]);
  assert.ok(!states.some((state) => state.startsWith("broken")));
  assert.deepEqual(tools.waits, []);
});

test("the old rows stay until a new list is whole", async () => {
  const cache = new TableCache();
  cache.begin();
  cache.page({ columnDefinitions: columns, rows: [row("a", "1"), row("b", "1")], metadata: { resourceVersion: "1" } });
  cache.finish();
  cache.begin();
  cache.page({ rows: [row("b", "2")], metadata: { resourceVersion: "2", continue: "x" } });
  assert.deepEqual(names(cache), ["a", "b"]);
  cache.finish();
  assert.deepEqual(names(cache), ["b"]);
});

test("a break is told, waited out longer and longer, and watched on from where it was", async () => {
  const broken = ({ onEnd }) => onEnd({ message: "refused", code: 502 });
  const { states, tools, asked } = await run(
    [{ columnDefinitions: columns, rows: [], metadata: { resourceVersion: "7" } }],
    [broken, broken, ({ onOpen, onEnd }) => { onOpen(); onEnd({ message: "" }); }],
  );
  assert.deepEqual(states, ["loading", "live", "broken 502", "broken 502", "live"]);
  assert.deepEqual(tools.waits, [250, 500]);
  assert.ok(asked.slice(1).every((path) => path.includes("resourceVersion=7&")));
});

test("who may not look is told once", async () => {
  const { states, tools } = await run([new Failure(403, "Forbidden", "no")], []);
  assert.deepEqual(states, ["loading", "broken 403"]);
  assert.deepEqual(tools.waits, []);
});

test("bookmarks move the version and change nothing", () => {
  const objects = new ObjectCache();
  objects.begin();
  objects.page({ apiVersion: "v1", kind: "PodList", items: [{ metadata: { uid: "1", name: "a" } }], metadata: { resourceVersion: "3" } });
  objects.finish();
  objects.apply({ type: "BOOKMARK", object: { metadata: { resourceVersion: "8" } } });
  assert.equal(objects.version, "8");
  assert.deepEqual([...objects.rows.values()].map((each) => each.kind), ["Pod"]);
  const table = new TableCache();
  table.apply({ type: "BOOKMARK", object: { rows: [row("", "9")], metadata: {} } });
  assert.equal(table.version, "9");
  assert.equal(table.rows.size, 0);
});
