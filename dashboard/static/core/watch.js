// A list that stays true: listed once, then watched; watched on after a break, listed anew when the server has forgotten.

import { Failure, failureOf } from "./failures.js";
import { Lines } from "./lines.js";
import { query } from "./paths.js";

const PAGE = 1000;
const REST = [250, 500, 1000, 2000, 4000];

/**
 * `cache` takes pages and events, `onChange` is called after each, `onState(state, failure)` with "loading", "live" or
 * "broken". `tools` are {get, stream, wait}: how to ask and to wait (tests bring their own).
 */
export class Watch {
  #stopped = false;
  #cancel = null;
  #failures = 0;

  constructor(path, { cache, accept, parameters = {}, watchable = true, onChange = () => {}, onState = () => {}, tools }) {
    Object.assign(this, { path, cache, accept, parameters, watchable, onChange, onState, tools });
  }

  start() {
    this.done = this.#run();
    return this;
  }

  stop() {
    this.#stopped = true;
    this.#cancel?.();
  }

  async #run() {
    let listed = false;
    this.onState("loading");
    while (!this.#stopped) {
      try {
        if (!listed) {
          await this.#list();
          listed = true;
          this.onState("live");
        }
        if (!this.watchable) return;
        await this.#follow();
        this.#failures = 0;
      } catch (failure) {
        if (this.#stopped) return;
        if (failure.code === 410) {
          listed = false;
          continue;
        }
        this.onState("broken", failure);
        // Asking again does not help: it is not allowed, or not there.
        if ([400, 401, 403, 404, 405].includes(failure.code)) return;
        if (failure.code === 504 || failure.code === 500) listed = false;
        await this.tools.wait(REST[Math.min(this.#failures++, REST.length - 1)]);
      }
    }
  }

  async #list() {
    this.cache.begin();
    let next = "";
    do {
      const path = this.path + query({ ...this.parameters, limit: PAGE, continue: next });
      const page = await this.tools.get(path, this.accept);
      if (this.#stopped) return;
      this.cache.page(page);
      this.onChange();
      next = page.metadata?.continue ?? "";
    } while (next);
    this.cache.finish();
    this.onChange();
  }

  #follow() {
    const path =
      this.path +
      query({ ...this.parameters, watch: 1, allowWatchBookmarks: true, resourceVersion: this.cache.version, timeoutSeconds: 290 });
    return new Promise((resolve, reject) => {
      const lines = new Lines();
      const cancel = this.tools.stream(path, this.accept, {
        onOpen: () => this.onState("live"),
        onData: (bytes) => {
          if (this.#stopped) return;
          let changed = false;
          for (const line of lines.take(bytes)) {
            if (!line) continue;
            const event = JSON.parse(line);
            if (event.type === "ERROR") {
              cancel();
              reject(failureOf(event.object.code, JSON.stringify(event.object)));
              break;
            }
            this.cache.apply(event);
            changed ||= event.type !== "BOOKMARK";
          }
          if (changed) this.onChange();
        },
        onEnd: ({ message, code, body }) => {
          if (!message && code === undefined) resolve();
          else reject(body ? failureOf(code, JSON.stringify(body)) : new Failure(code, "", message));
        },
      });
      this.#cancel = () => {
        cancel();
        resolve();
      };
    });
  }
}
