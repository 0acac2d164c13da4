// Why something is held back, as a chain of causes.

import { ask } from "../core/api.js";
import { h } from "../core/dom.js";

/** What holds the object at a path back: [{text, behind}]. Throws Failure. */
export async function causesOf(path) {
  return (await ask("GET", `why?path=${encodeURIComponent(path)}`)).causes;
}

export function causeList(causes) {
  const item = ({ text, behind }) => h("li", {}, text, behind.length > 0 && h("ul", {}, behind.map(item)));
  return h("ul.causes", {}, causes.map(item));
}
