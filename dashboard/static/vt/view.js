// A terminal's screen in the page, and its keys.

import { h } from "../core/dom.js";
import { eachFrame } from "../core/frames.js";
import { keyText } from "./keys.js";
import { Parser } from "./parser.js";
import { Screen } from "./screen.js";
import { PLAIN, css } from "./style.js";

const SHOWN_HISTORY = 500;

export class Terminal {
  /** `send(text)` takes what is typed, `resized(columns, rows)` hears of the size. */
  constructor({ send, resized }) {
    this.send = send;
    this.resized = resized;
    this.screen = new Screen(80, 24, (text) => send(text));
    this.parser = new Parser(this.screen);
    this.lines = h("div", {});
    this.probe = h("span.probe", {}, "0".repeat(100));
    this.element = h("div.vt", { tabindex: 0, role: "textbox", "aria-label": "Terminal; Ctrl+Shift+Escape leaves it", "aria-multiline": "true" }, this.lines, this.probe);
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.element.addEventListener("paste", (event) => this.#paste(event));
    this.draw = eachFrame(() => this.#draw());
    this.watcher = new ResizeObserver(() => this.#fit());
    this.watcher.observe(this.element);
  }

  write(bytes) {
    this.parser.write(bytes);
    this.draw();
  }

  stop() {
    this.watcher.disconnect();
  }

  #fit() {
    const width = this.probe.getBoundingClientRect().width / 100;
    const height = 13 * 1.3;
    if (!width) return;
    const style = getComputedStyle(this.element);
    const inner = this.element.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    const columns = Math.max(20, Math.floor(inner / width));
    const rows = Math.max(5, Math.floor((this.element.clientHeight - parseFloat(style.paddingTop) * 2) / height));
    if (columns === this.screen.columns && rows === this.screen.rows && this.fitted) return;
    this.fitted = true;
    this.screen.resize(columns, rows);
    this.resized(columns, rows);
    this.draw();
  }

  #draw() {
    const { screen } = this;
    const past = screen.other ? [] : screen.history.slice(-SHOWN_HISTORY);
    const all = [...past, ...screen.lines];
    const at = screen.modes.cursor ? past.length + screen.y : -1;
    // Lines that are as they were keep their elements; a line's text and looks tell.
    const before = this.drawn ?? [];
    this.drawn = all.map((line, index) => {
      const cursor = index === at ? screen.x : -1;
      const state = stateOf(line, cursor);
      return before[index]?.state === state ? before[index] : { state, element: lineOf(line, cursor) };
    });
    const elements = this.drawn.map((each) => each.element);
    if (elements.length !== this.lines.childElementCount || elements.some((element, index) => this.lines.children[index] !== element)) this.lines.replaceChildren(...elements);
    this.element.scrollTop = this.element.scrollHeight;
  }

  #key(event) {
    if (event.key === "Escape" && event.ctrlKey && event.shiftKey) return this.element.blur();
    if ((event.ctrlKey || event.metaKey) && event.key === "c" && getSelection().toString()) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "v") return;
    const text = keyText(event, this.screen.modes.application);
    if (!text) return;
    event.preventDefault();
    this.send(text);
  }

  #paste(event) {
    event.preventDefault();
    const text = event.clipboardData.getData("text/plain").replace(/\r?\n/g, "\r");
    // What is pasted cannot end the paste by itself.
    this.send(this.screen.modes.paste ? `\u001b[200~${text.replaceAll("\u001b", "")}\u001b[201~` : text);
  }
}

function stateOf(line, cursor) {
  let text = `${cursor}|`;
  for (const [letter, style] of line) text += style === PLAIN ? letter : `\u0000${style.fg},${style.bg},${+style.bold}${+style.dim}${+style.italic}${+style.under}${+style.inverse}${letter}`;
  return text;
}

function lineOf(line, cursor) {
  const parts = [];
  let text = "";
  let style = PLAIN;
  const flush = () => {
    if (text) parts.push(piece(text, style));
    text = "";
  };
  line.forEach(([letter, look], at) => {
    if (at === cursor) {
      flush();
      const element = piece(letter || " ", look, true);
      element.classList.add("cursor");
      parts.push(element);
      style = look;
      return;
    }
    if (look !== style) {
      flush();
      style = look;
    }
    text += letter;
  });
  flush();
  return h("div.line", {}, parts);
}

function piece(text, style, always = false) {
  if (style === PLAIN && !always) return text;
  const classes = ["span", style.bold && "b", style.dim && "d", style.italic && "i", style.under && "u", style.inverse && "r"].filter(Boolean).join(".");
  const element = h(classes, {}, text);
  const [fg, bg] = style.inverse ? [style.bg, style.fg] : [style.fg, style.bg];
  if (fg) element.style.color = css(fg);
  if (bg) element.style.background = css(bg);
  return element;
}
