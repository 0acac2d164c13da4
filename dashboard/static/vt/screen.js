// What a terminal shows: rows of cells, a cursor, a region that scrolls, a second screen for programs that fill it.

import { PLAIN, sgr } from "./style.js";
import { widthOf } from "./width.js";

const KEPT = 2000;

export class Screen {
  /** `answer(text)` is what the terminal sends by itself: where its cursor is, what it is. */
  constructor(columns = 80, rows = 24, answer = () => {}) {
    Object.assign(this, { columns, rows, answer });
    this.history = [];
    this.heading = "";
    this.reset();
  }

  reset() {
    this.style = PLAIN;
    this.x = this.y = 0;
    this.wrapping = false;
    this.modes = { wrap: true, cursor: true, application: false, insert: false, paste: false };
    this.saved = null;
    this.other = null;
    this.lines = Array.from({ length: this.rows }, () => this.#blank());
    this.top = 0;
    this.bottom = this.rows - 1;
  }

  #blank() {
    return Array.from({ length: this.columns }, () => [" ", PLAIN]);
  }

  resize(columns, rows) {
    const fit = (line) => [...line.slice(0, columns), ...Array.from({ length: Math.max(0, columns - line.length) }, () => [" ", PLAIN])];
    this.columns = columns;
    this.lines = this.lines.map(fit);
    while (this.lines.length > rows) {
      // What is below the cursor goes first, then what is above becomes history.
      if (this.lines.length - 1 > this.y) this.lines.pop();
      else {
        this.#remember(this.lines.shift());
        this.y--;
      }
    }
    this.rows = rows;
    while (this.lines.length < rows) this.lines.push(this.#blank());
    if (this.other) {
      this.other.lines = this.other.lines.map(fit).slice(-rows);
      while (this.other.lines.length < rows) this.other.lines.push(this.#blank());
    }
    this.top = 0;
    this.bottom = rows - 1;
    this.#move(this.x, this.y);
  }

  print(text) {
    for (const letter of text) {
      const width = widthOf(letter.codePointAt(0));
      if (width === 0) {
        const at = this.wrapping ? this.x : Math.max(this.x - 1, 0);
        this.lines[this.y][at] = [this.lines[this.y][at][0] + letter, this.lines[this.y][at][1]];
        continue;
      }
      if (this.wrapping || this.x + width > this.columns) {
        if (this.modes.wrap) {
          this.x = 0;
          this.#down();
        } else this.x = this.columns - width;
        this.wrapping = false;
      }
      const line = this.lines[this.y];
      if (this.modes.insert) {
        line.splice(this.x, 0, ...Array.from({ length: width }, () => [" ", PLAIN]));
        line.length = this.columns;
      }
      line[this.x] = [letter, this.style];
      if (width === 2) line[this.x + 1] = ["", this.style];
      this.x += width;
      if (this.x >= this.columns) {
        this.x = this.columns - 1;
        this.wrapping = true;
      }
    }
  }

  control(code) {
    if (code === 0x08) this.#move(this.x - (this.wrapping ? 0 : 1), this.y);
    else if (code === 0x09) this.#move(Math.min((this.x >> 3) + 1 << 3, this.columns - 1), this.y);
    else if (code >= 0x0a && code <= 0x0c) this.#down();
    else if (code === 0x0d) this.#move(0, this.y);
  }

  escape(letter) {
    if (letter === "7") this.#save();
    else if (letter === "8") this.#restore();
    else if (letter === "D") this.#down();
    else if (letter === "E") {
      this.x = 0;
      this.#down();
    } else if (letter === "M") this.#up();
    else if (letter === "c") this.reset();
  }

  title(text) {
    this.heading = text;
  }

  csi(prefix, parameters, letter, body) {
    const n = parameters[0] || 1;
    if (prefix === "?") return this.#mode(parameters, letter);
    if (prefix) return prefix === ">" && letter === "c" ? this.answer("\u001b[>0;10;0c") : undefined;
    if (letter === "p" && body.includes("!")) return this.reset();
    const line = this.lines[this.y];
    switch (letter) {
      case "A": return this.#move(this.x, Math.max(this.y - n, this.y >= this.top ? this.top : 0));
      case "B": case "e": return this.#move(this.x, Math.min(this.y + n, this.y <= this.bottom ? this.bottom : this.rows - 1));
      case "C": case "a": return this.#move(this.x + n, this.y);
      case "D": return this.#move(this.x - n, this.y);
      case "E": return this.#move(0, this.y + n);
      case "F": return this.#move(0, this.y - n);
      case "G": case "`": return this.#move(n - 1, this.y);
      case "H": case "f": return this.#move((parameters[1] || 1) - 1, n - 1);
      case "d": return this.#move(this.x, n - 1);
      case "J": return this.#eraseScreen(parameters[0]);
      case "K": return this.#eraseLine(parameters[0]);
      case "L": return this.#scroll(this.y, -n);
      case "M": return this.#scroll(this.y, n);
      case "P": line.splice(this.x, n); while (line.length < this.columns) line.push([" ", this.#empty()]); return;
      case "@": line.splice(this.x, 0, ...Array.from({ length: n }, () => [" ", this.#empty()])); line.length = this.columns; return;
      case "X": for (let at = this.x; at < Math.min(this.x + n, this.columns); at++) line[at] = [" ", this.#empty()]; return;
      case "S": return this.#scroll(this.top, n);
      case "T": return this.#scroll(this.top, -n);
      case "h": case "l": if (parameters.includes(4)) this.modes.insert = letter === "h"; return;
      case "m": this.style = sgr(this.style, parameters); return;
      case "r": return this.#region(n - 1, (parameters[1] || this.rows) - 1);
      case "s": return this.#save();
      case "u": return this.#restore();
      case "c": return this.answer("\u001b[?6c");
      case "n":
        if (parameters[0] === 6) this.answer(`\u001b[${this.y + 1};${this.x + 1}R`);
        else if (parameters[0] === 5) this.answer("\u001b[0n");
    }
  }

  #mode(parameters, letter) {
    if (letter !== "h" && letter !== "l") return;
    const on = letter === "h";
    for (const mode of parameters) {
      if (mode === 1) this.modes.application = on;
      else if (mode === 7) this.modes.wrap = on;
      else if (mode === 25) this.modes.cursor = on;
      else if (mode === 2004) this.modes.paste = on;
      else if (mode === 1047 || mode === 47 || mode === 1049) this.#alternate(on, mode === 1049);
    }
  }

  #alternate(on, saving) {
    if (on === Boolean(this.other)) return;
    if (on) {
      if (saving) this.#save();
      this.other = { lines: this.lines };
      this.lines = Array.from({ length: this.rows }, () => this.#blank());
    } else {
      this.lines = this.other.lines;
      this.other = null;
      if (saving) this.#restore();
    }
  }

  #empty() {
    return this.style.bg ? { ...PLAIN, bg: this.style.bg } : PLAIN;
  }

  #move(x, y) {
    this.x = Math.min(Math.max(x, 0), this.columns - 1);
    this.y = Math.min(Math.max(y, 0), this.rows - 1);
    this.wrapping = false;
  }

  #down() {
    this.wrapping = false;
    if (this.y === this.bottom) this.#scroll(this.top, 1);
    else if (this.y < this.rows - 1) this.y++;
  }

  #up() {
    if (this.y === this.top) this.#scroll(this.top, -1);
    else if (this.y > 0) this.y--;
  }

  /** Move the rows from `from` to the region's end up by `count`, or down. */
  #scroll(from, count) {
    if (from < this.top || from > this.bottom) return;
    for (let left = Math.min(Math.abs(count), this.rows); left > 0; left--) {
      const fresh = this.#blank().map(([letter]) => [letter, this.#empty()]);
      if (count > 0) {
        const [gone] = this.lines.splice(from, 1);
        this.lines.splice(this.bottom, 0, fresh);
        if (from === 0 && !this.other) this.#remember(gone);
      } else {
        this.lines.splice(this.bottom, 1);
        this.lines.splice(from, 0, fresh);
      }
    }
  }

  #remember(line) {
    this.history.push(line);
    if (this.history.length > KEPT) this.history.splice(0, this.history.length - KEPT);
  }

  #region(top, bottom) {
    if (top >= bottom || bottom >= this.rows) [top, bottom] = [0, this.rows - 1];
    this.top = top;
    this.bottom = bottom;
    this.#move(0, 0);
  }

  #eraseLine(how, y = this.y) {
    const [from, to] = how === 1 ? [0, this.x + 1] : how === 2 ? [0, this.columns] : [this.x, this.columns];
    for (let at = from; at < to; at++) this.lines[y][at] = [" ", this.#empty()];
  }

  #eraseScreen(how) {
    if (how === 3) this.history = [];
    const [from, to] = how === 1 ? [0, this.y] : how === 2 ? [0, this.rows] : [this.y + 1, this.rows];
    if (how !== 3) for (let y = from; y < to; y++) this.#eraseLine(2, y);
    if (how !== 2 && how !== 3) this.#eraseLine(how);
  }

  #save() {
    this.saved = { x: this.x, y: this.y, style: this.style };
  }

  #restore() {
    if (!this.saved) return this.#move(0, 0);
    this.style = this.saved.style;
    this.#move(this.saved.x, this.saved.y);
  }

  /** The text of the screen's rows, for tests and for copying. */
  text() {
    return this.lines.map((line) => line.map(([letter]) => letter).join("").trimEnd());
  }
}
