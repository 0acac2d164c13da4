// A table of any length: only the rows in sight are elements.

import { fill, h } from "../core/dom.js";
import { eachFrame } from "../core/frames.js";
import { inSight, order, widths } from "../core/sight.js";
import { ageOf } from "./ages.js";

const HEIGHT = 34;
let numbers = 0;

export class Grid {
  #columns = [];
  #rows = [];
  #shown = [];
  #elements = new Map();
  #sort = null;
  #active = -1;
  #id = `grid${++numbers}`;

  /** `label` for those who do not see it, `empty` is shown when there is nothing, `short` keeps it low. */
  constructor({ label, empty = "Nothing here", short = false }) {
    this.empty = empty;
    this.heads = h("div.row", { role: "row" });
    this.body = h("div.body", { role: "rowgroup" });
    this.element = h(
      short ? "div.grid.short" : "div.grid",
      { role: "table", "aria-label": label, tabindex: 0, onkeydown: (event) => this.#key(event) },
      h("div.heads", { role: "rowgroup" }, this.heads),
      this.body,
    );
    this.draw = eachFrame(() => this.#draw());
    this.element.addEventListener("scroll", () => this.#paint(), { passive: true });
    this.watcher = new ResizeObserver(() => this.#paint());
    this.watcher.observe(this.element);
  }

  stop() {
    this.watcher.disconnect();
  }

  /** Columns [{name, isAge}], rows [{key, href, name, since, texts, health}]. */
  show(columns, rows) {
    this.#columns = columns.map((column, at) => ({ ...column, at }));
    this.#rows = rows;
    this.draw();
  }

  #draw() {
    const sort = this.#sort && this.#columns.find((column) => column.name === this.#sort.name);
    this.#shown = sort ? [...this.#rows].sort(order(sort, this.#sort.descending)) : this.#rows;
    const wide = widths(this.#columns.map((column) => column.name), this.#rows.map((row) => row.texts));
    this.element.style.setProperty("--cols", wide.map((letters) => `minmax(${Math.min(letters, 24)}ch, ${letters}fr)`).join(" "));
    this.element.style.setProperty("--least", `calc(${wide.reduce((sum, letters) => sum + Math.min(letters, 24), 0)}ch + ${wide.length * 0.8 + 1}rem)`);
    this.element.setAttribute("aria-rowcount", this.#shown.length + 1);
    this.#heads();
    this.body.style.height = `${Math.max(this.#shown.length * HEIGHT, this.#shown.length ? 0 : 70)}px`;
    this.#paint();
  }

  #heads() {
    // Left alone while they are the same: somebody may just be on one of them.
    const state = JSON.stringify([this.#columns.map((column) => column.name), this.#sort]);
    if (state === this.headsState) return;
    this.headsState = state;
    fill(
      this.heads,
      this.#columns.map((column) => {
        const by = this.#sort?.name === column.name ? (this.#sort.descending ? "descending" : "ascending") : undefined;
        const mark = by ? (by === "ascending" ? " ↑" : " ↓") : "";
        return h("div", { role: "columnheader", "aria-sort": by, title: column.description }, h("button", { type: "button", onclick: () => this.#sortBy(column.name) }, column.name + mark));
      }),
    );
  }

  #sortBy(name) {
    if (this.#sort?.name !== name) this.#sort = { name, descending: false };
    else if (!this.#sort.descending) this.#sort = { name, descending: true };
    else this.#sort = null;
    this.#draw();
  }

  #paint() {
    const [first, last] = inSight(this.element.scrollTop, this.element.clientHeight, HEIGHT, this.#shown.length);
    const kept = new Map();
    const fresh = [];
    for (let at = first; at < last; at++) {
      const row = this.#shown[at];
      let held = this.#elements.get(row.key);
      if (!held || held.row !== row) {
        held?.element.remove();
        held = { row, element: this.#row(row) };
        fresh.push(held.element);
      }
      held.element.style.transform = `translateY(${at * HEIGHT}px)`;
      held.element.setAttribute("aria-rowindex", at + 2);
      held.element.id = `${this.#id}-${at}`;
      held.element.classList.toggle("active", at === this.#active);
      kept.set(row.key, held);
    }
    for (const [key, { element }] of this.#elements) if (!kept.has(key)) element.remove();
    this.#elements = kept;
    this.body.append(...fresh);
    if (!this.#shown.length) fill(this.body, h("div.empty", {}, this.empty));
    else this.body.querySelector(":scope > .empty")?.remove();
  }

  #row(row) {
    const cells = row.texts.map((text, at) => {
      const column = this.#columns[at];
      const content = column?.isAge ? ageOf(row.since) : text;
      const named = column?.isName && row.href ? h("a", { href: row.href, tabindex: -1 }, content) : content;
      const health = row.health?.[at];
      return h(health ? `div.${health}` : "div", { role: "cell", title: text.length > 24 ? text : undefined }, named);
    });
    return h("div.row", { role: "row", onclick: (event) => this.#open(row, event) }, cells);
  }

  #open(row, event) {
    if (!row?.href || event?.target.closest?.("a") || getSelection().toString()) return;
    if (event?.ctrlKey || event?.metaKey) open(row.href, "_blank", "noopener");
    else location.hash = row.href;
  }

  #key(event) {
    const page = Math.max(1, Math.floor(this.element.clientHeight / HEIGHT) - 2);
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (event.target !== this.element || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter") return this.#open(this.#shown[this.#active]);
    if (!(event.key in moves) || !this.#shown.length) return;
    event.preventDefault();
    this.#active = Math.min(Math.max(this.#active + moves[event.key], 0), this.#shown.length - 1);
    const top = this.#active * HEIGHT;
    const view = this.element.clientHeight - this.heads.offsetHeight - 2;
    if (top < this.element.scrollTop) this.element.scrollTop = top;
    else if (top + HEIGHT > this.element.scrollTop + view) this.element.scrollTop = top + HEIGHT - view;
    this.#paint();
    this.element.setAttribute("aria-activedescendant", `${this.#id}-${this.#active}`);
  }
}
