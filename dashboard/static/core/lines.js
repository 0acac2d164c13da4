// Bytes in pieces to whole lines.

export class Lines {
  #decoder = new TextDecoder();
  #rest = "";

  /** The lines that `bytes` complete. */
  take(bytes) {
    const text = this.#rest + this.#decoder.decode(bytes, { stream: true });
    const lines = text.split("\n");
    this.#rest = lines.pop();
    return lines;
  }

  /** What stands behind the last line's end. */
  end() {
    const rest = this.#rest + this.#decoder.decode();
    this.#rest = "";
    return rest;
  }
}
