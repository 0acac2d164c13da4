// A table of the server's, live, in a grid.

import { h } from "../core/dom.js";
import { watchTable } from "../core/app.js";
import { columnsOf, rowOf } from "../core/rows.js";
import { filter } from "../core/filter.js";
import { eachFrame } from "../core/frames.js";
import { Grid } from "./grid.js";
import { failureBox } from "./notices.js";

/**
 * `path` and `parameters` say what is watched; `keep(row)` may leave out rows; `onCount(shown, all)` hears of numbers.
 * Returns {element, set({text, wide}), stop()}.
 */
export function liveTable(kind, path, { parameters, withNamespace = false, label, empty, short, keep, onCount = () => {} }) {
  const grid = new Grid({ label: label ?? kind.kind, empty: "Loading …", short });
  const trouble = h("div", {});
  const state = { text: "", wide: false };
  let made = new WeakMap();
  let shape = "";
  const refresh = eachFrame(() => {
    const columns = columnsOf(held.cache, { withNamespace, wide: state.wide });
    const now = JSON.stringify(columns.map((column) => column.name));
    if (now !== shape) made = new WeakMap();
    shape = now;
    const matches = filter(state.text);
    const rows = [];
    let all = 0;
    for (const row of held.cache.rows.values()) {
      if (keep && !keep(row)) continue;
      all++;
      let ours = made.get(row);
      if (!ours) made.set(row, (ours = rowOf(kind, columns, row)));
      if (matches(ours)) rows.push(ours);
    }
    rows.sort(kind.plural === "events" ? byTime : byName);
    grid.empty = all ? "Nothing matches" : (empty ?? "Nothing here");
    grid.show(columns, rows);
    onCount(rows.length, all);
  });
  const held = watchTable(path, {
    parameters,
    watchable: kind.verbs.includes("watch"),
    onChange: refresh,
    onFailure: (failure) => {
      trouble.replaceChildren(...(failure ? [failureBox(failure)] : []));
      grid.element.hidden = Boolean(failure) && held.cache.rows.size === 0;
    },
  });
  return {
    element: [trouble, grid.element],
    grid,
    cache: held.cache,
    set(changes) {
      Object.assign(state, changes);
      refresh();
    },
    stop() {
      held.stop();
      grid.stop();
    },
  };
}

const byName = (a, b) => compare(a.namespace, b.namespace) || compare(a.name, b.name);
const byTime = (a, b) => compare(b.since ?? "", a.since ?? "") || byName(a, b);
const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
