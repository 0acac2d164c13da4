// What all views share: the kinds, the streams, where we are.

import { Mux } from "./mux.js";
import { Kinds } from "./discovery.js";
import { Watch } from "./watch.js";
import { ObjectCache, TableCache } from "./cache.js";
import { TABLE, get } from "./api.js";

export const app = {
  kinds: new Kinds(),
  mux: new Mux(new URL("console/streams", document.baseURI).href.replace(/^http/, "ws")),
  session: { context: "", server: "", namespace: "" },
  user: "",
  /** The namespace in use, "" for all. */
  namespace: "",
  /** Breaks that are shown at the top: key to sentence. */
  broken: new Map(),
  onBroken: () => {},
};

const tools = {
  get,
  stream: (path, accept, handlers) => app.mux.stream(path, accept, handlers),
  wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

let number = 0;

function watch(path, cache, accept, { parameters, watchable, onChange, onFailure = () => {} }) {
  const key = ++number;
  const clear = () => app.broken.delete(key) && app.onBroken();
  const found = new Watch(path, {
    cache,
    accept,
    parameters,
    watchable,
    tools,
    onChange: () => onChange(cache),
    onState: (state, failure) => {
      if (state === "broken" && [0, 502, 503, 504].includes(failure.code)) {
        app.broken.set(key, failure.message);
        app.onBroken();
      } else {
        clear();
        if (state === "broken") onFailure(failure);
        else if (state === "live") onFailure(null);
      }
    },
  }).start();
  return {
    cache,
    stop() {
      found.stop();
      clear();
    },
  };
}

/** A table the server prints, kept true: `onChange(cache)` after each change, `onFailure(failure or null)`. */
export function watchTable(path, given) {
  return watch(path, new TableCache(), TABLE, given);
}

/** Whole objects, kept true. */
export function watchObjects(path, given) {
  return watch(path, new ObjectCache(), "application/json", given);
}
