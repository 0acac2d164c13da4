// The newest lines of a log.

/** Terminal colours and the like mean nothing in a list of lines. */
const ESCAPES = /\u001b(\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(\u0007|\u001b\\)|[@-Z\\-_])/g;

export class Ring {
  lines = [];
  /** How many lines have been let go. */
  gone = 0;

  constructor(most = 10000) {
    this.most = most;
  }

  /** Add lines; each is {from, text}. */
  add(from, texts) {
    for (const text of texts) this.lines.push({ from, text: text.replace(ESCAPES, "").replace(/\r$/, "") });
    const over = this.lines.length - this.most;
    // Not one at a time: an array is moved as a whole.
    if (over > this.most / 10) {
      this.lines.splice(0, over);
      this.gone += over;
    }
  }

  clear() {
    this.lines = [];
    this.gone = 0;
  }
}
