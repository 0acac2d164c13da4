// A terminal's stream taken apart: text, controls, and escape sequences. What they do is the screen's business.

const GROUND = 0, ESCAPE = 1, CSI = 2, STRING = 3, CHARSET = 4;

export class Parser {
  #state = GROUND;
  #collected = "";
  #text = "";
  #decoder = new TextDecoder();

  /** `screen` has print(text), control(code), escape(final), csi(prefix, parameters, final), title(text). */
  constructor(screen) {
    this.screen = screen;
  }

  /** Take bytes. */
  write(bytes) {
    for (const letter of this.#decoder.decode(bytes, { stream: true })) this.#take(letter, letter.codePointAt(0));
    this.#flush();
  }

  #flush() {
    if (this.#text) this.screen.print(this.#text);
    this.#text = "";
  }

  #take(letter, code) {
    if (this.#state === STRING) return this.#string(letter, code);
    if (code === 0x1b) {
      this.#flush();
      this.#state = ESCAPE;
      this.#collected = "";
    } else if (code < 0x20 || code === 0x7f) {
      // Controls work in the middle of sequences, too.
      this.#flush();
      if (code === 0x18 || code === 0x1a) this.#state = GROUND;
      else this.screen.control(code);
    } else if (this.#state === GROUND) this.#text += letter;
    else if (this.#state === ESCAPE) this.#escape(letter);
    else if (this.#state === CHARSET) this.#state = GROUND;
    else this.#csi(letter, code);
  }

  #escape(letter) {
    this.#state = GROUND;
    if (letter === "[") this.#state = CSI;
    else if ("]PX^_".includes(letter)) {
      this.#state = STRING;
      this.#collected = letter;
    } else if ("()*+#%".includes(letter)) this.#state = CHARSET;
    else this.screen.escape(letter);
  }

  #csi(letter, code) {
    if (code < 0x40) {
      if (this.#collected.length < 256) this.#collected += letter;
      return;
    }
    this.#state = GROUND;
    const [, prefix, body] = /^([<=>?]?)(.*)$/.exec(this.#collected);
    const parameters = body.replace(/[^0-9;:]/g, "").split(/[;:]/).map(Number);
    this.screen.csi(prefix, parameters, letter, body);
  }

  #string(letter, code) {
    const ends = code === 0x07 || code === 0x9c || (letter === "\\" && this.#collected.endsWith("\u001b"));
    if (!ends) {
      if (this.#collected.length < 4096) this.#collected += letter;
      else if (code === 0x1b) this.#collected = `${this.#collected.slice(0, 64)}\u001b`;
      return;
    }
    this.#state = GROUND;
    const title = /^\][02];([^\u001b]*)/.exec(this.#collected);
    if (title) this.screen.title(title[1]);
  }
}
