// All watches and logs of the page in one WebSocket of the console (see the console's streams.py).

export class Mux {
  #socket = null;
  #open = new Map();
  #next = 1;
  #wait = 250;
  #listeners = new Set();
  connected = false;

  constructor(url) {
    this.url = url;
  }

  /** Begin a stream: `onData(bytes)`, `onOpen()`, `onEnd({message, code, body})`. Returns what ends it. */
  stream(path, accept, handlers) {
    const id = this.#next++;
    this.#open.set(id, { path, accept, handlers });
    if (this.connected) this.#begin(id);
    else this.#connect();
    return () => {
      if (this.#open.delete(id) && this.connected) this.#socket.send(JSON.stringify({ id }));
    };
  }

  /** Hear of the console's coming and going. */
  onChange(hearer) {
    this.#listeners.add(hearer);
  }

  #begin(id) {
    const { path, accept } = this.#open.get(id);
    this.#socket.send(JSON.stringify({ id, path, accept }));
  }

  #connect() {
    if (this.#socket) return;
    const socket = new WebSocket(this.url);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    socket.onopen = () => {
      this.#wait = 250;
      this.#tell(true);
      for (const id of this.#open.keys()) this.#begin(id);
    };
    socket.onmessage = ({ data }) => (typeof data === "string" ? this.#told(JSON.parse(data)) : this.#bytes(data));
    socket.onclose = () => {
      this.#socket = null;
      this.#tell(false);
      // Whoever streams hears of the end and begins again from where it was.
      const held = [...this.#open.values()];
      this.#open.clear();
      setTimeout(() => this.#connect(), this.#wait);
      this.#wait = Math.min(this.#wait * 2, 4000);
      for (const { handlers } of held) handlers.onEnd({ message: "the console does not answer", code: 0 });
    };
  }

  #tell(connected) {
    this.connected = connected;
    for (const hearer of this.#listeners) hearer(connected);
  }

  #bytes(data) {
    const id = new DataView(data).getUint32(0);
    this.#open.get(id)?.handlers.onData(new Uint8Array(data, 4));
  }

  #told({ id, end, code, body, status }) {
    const held = this.#open.get(id);
    if (!held) return;
    if (status) held.handlers.onOpen?.();
    if (end === undefined) return;
    this.#open.delete(id);
    held.handlers.onEnd({ message: end, code, body });
  }
}
