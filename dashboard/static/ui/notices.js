// Short words at the corner, and failures where they belong.

import { h } from "../core/dom.js";
import { advice } from "../core/failures.js";

let corner;

/** Tell something for some seconds; `bad` stays until it is clicked. */
export function tell(text, bad = false) {
  if (!corner) {
    corner = h("div.notes", { role: "status", "aria-live": "polite" });
    document.body.append(corner);
  }
  const note = h(bad ? "div.bad" : "div", { onclick: () => note.remove(), title: "Click to close" }, text);
  corner.append(note);
  if (!bad) setTimeout(() => note.remove(), 5000);
}

/** What the server said, and what to do about it. */
export function failureBox(failure) {
  const help = advice(failure);
  return h("div.failure", { role: "alert" }, failure.message, help && h("p", {}, help));
}

/** Do something; tell how it went. Returns whether it did. */
export async function doing(work, done) {
  try {
    await work();
    tell(done);
    return true;
  } catch (failure) {
    const help = failure.code === undefined ? "" : advice(failure);
    tell(help ? `${failure.message}\n${help}` : failure.message, true);
    return false;
  }
}
