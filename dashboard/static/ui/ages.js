// Ages on the page go on by themselves.

import { h } from "../core/dom.js";
import { age } from "../core/texts.js";

/** An age that stays right. */
export function ageOf(since) {
  return since ? h("time", { datetime: since, title: new Date(since).toLocaleString() }, age(since)) : "";
}

setInterval(() => {
  if (document.hidden) return;
  for (const element of document.querySelectorAll("time[datetime]")) {
    const text = age(element.getAttribute("datetime"));
    if (element.textContent !== text) element.textContent = text;
  }
}, 1000);
