// Questions before something is done.

import { h } from "../core/dom.js";
import { failureBox } from "./notices.js";

/**
 * Ask; `content` are elements of the form, `act(form)` does it and may throw a Failure, which is shown and leaves the
 * question open. Resolves to whether it was done.
 */
export function ask({ title, content = [], label, danger = false, act }) {
  return new Promise((resolve) => {
    const trouble = h("div", {});
    const yes = h(danger ? "button.danger" : "button.main", { type: "submit" }, label);
    const no = h("button", { type: "button", onclick: () => dialog.close() }, "Cancel");
    const form = h("form", { method: "dialog" }, h("h2", {}, title), content, trouble, h("div.buttons", {}, no, yes));
    const dialog = h("dialog", { "aria-label": title }, form);
    let done = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      yes.disabled = true;
      trouble.replaceChildren();
      try {
        await act(form);
        done = true;
        dialog.close();
      } catch (failure) {
        trouble.append(failureBox(failure));
        yes.disabled = false;
      }
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(done);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** A row of choices: [[value, label, explanation], …]; the first is chosen. */
export function choices(name, legend, options) {
  return h(
    "fieldset",
    {},
    h("legend", {}, legend),
    options.map(([value, label, help], at) =>
      h("label", {}, h("input", { type: "radio", name, value, checked: at === 0 }), ` ${label} `, h("span.quiet", {}, help), h("br")),
    ),
  );
}
