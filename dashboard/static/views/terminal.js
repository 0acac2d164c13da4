// A command in a container.

import { fill, h } from "../core/dom.js";
import { execute } from "../core/channels.js";
import { Terminal } from "../vt/view.js";
import { namesOf } from "./logs.js";

const SHELL = ["/bin/sh", "-c", "command -v bash >/dev/null 2>&1 && exec bash || exec sh"];

export function terminalTab(self) {
  const names = namesOf(self.object);
  const container = h("select", { "aria-label": "Container" }, names.map((name) => h("option", { value: name }, name)));
  const command = h("input.grow", { placeholder: "a shell", "aria-label": "Command", title: "Words are taken apart at blanks; empty begins a shell" });
  const start = h("button.main", { type: "submit" }, "Connect");
  const state = h("span.count", { role: "status" });
  const place = h("div.panel", {});
  let running = null;
  let terminal = null;

  const form = h("form.bar", {}, container, command, start, state);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    connect();
  });

  function connect() {
    running?.close();
    terminal?.stop();
    const words = command.value.trim() ? command.value.trim().split(/\s+/) : SHELL;
    const parameters = new URLSearchParams([["container", container.value], ["stdin", "true"], ["stdout", "true"], ["tty", "true"], ...words.map((word) => ["command", word])]);
    const made = new Terminal({ send: (text) => mine.send(text), resized: (columns, rows) => mine.resize(columns, rows) });
    state.textContent = "connecting …";
    const mine = execute(`${self.path}/exec?${parameters}`, {
      onOpen: () => {
        state.textContent = "connected";
        mine.resize(made.screen.columns, made.screen.rows);
      },
      onOutput: (bytes) => made.write(bytes),
      onEnd: (sentence) => {
        if (running !== mine) return;
        state.textContent = sentence;
        start.textContent = "Connect again";
      },
    });
    running = mine;
    terminal = made;
    fill(place, made.element);
    made.element.focus();
  }

  return {
    element: [form, place],
    stop() {
      running?.close();
      terminal?.stop();
    },
  };
}
