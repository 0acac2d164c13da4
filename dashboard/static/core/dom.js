// Elements made of values. Text is only ever text: nothing here, or anywhere in the page, reads markup.

/** An element: `h("a.button", {href, onclick, dataset: {}}, "text", child, [more])`. Empty children are left out. */
export function h(what, properties, ...children) {
  const [tag, ...classes] = what.split(".");
  const element = document.createElement(tag || "div");
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "dataset") Object.assign(element.dataset, value);
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "disabled" || name === "hidden") element[name] = value;
    else if (name === "href") element.setAttribute("href", safe(value));
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  add(element, children);
  return element;
}

/** Only places of this page, and the web: an object never brings a script by its link. */
function safe(target) {
  return /^(#|https?:\/\/)/.test(target) ? target : "#/";
}

export function add(element, children) {
  for (const child of children) {
    if (child === undefined || child === null || child === false || child === "") continue;
    if (Array.isArray(child)) add(element, child);
    else element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/** Put other children in place of those of an element. */
export function fill(element, ...children) {
  element.replaceChildren();
  add(element, children);
  return element;
}
