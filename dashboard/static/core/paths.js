// Where things are: in the API, and in this page.

/** Path of a resource's list, or of one object. `kind` is what discovery found. */
export function pathOf(kind, namespace = "", name = "", subresource = "") {
  const root = kind.group ? `/apis/${kind.group}/${kind.version}` : `/api/${kind.version}`;
  const inside = kind.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  const tail = name ? `/${encodeURIComponent(name)}${subresource ? `/${subresource}` : ""}` : "";
  return `${root}${inside}/${kind.plural}${tail}`;
}

/** `?a=b&c=d` of what is not empty. */
export function query(parameters) {
  const found = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== "" && value !== null);
  return found.length ? `?${new URLSearchParams(found)}` : "";
}

/** The page's address of a list or an object. */
export function place(kind, namespace = "", name = "", parameters = {}) {
  const parts = ["#/r", kind.group || "core", kind.version, kind.plural];
  if (name) parts.push(kind.namespaced ? namespace : "-", name);
  else if (namespace && kind.namespaced) parameters = { ns: namespace, ...parameters };
  return parts.map((part, at) => (at ? encodeURIComponent(part) : part)).join("/") + query(parameters);
}

/** What an address of the page asks for: {view, group, version, plural, namespace, name, parameters}. */
export function route(hash) {
  const [path, search = ""] = hash.replace(/^#\/?/, "").split("?");
  const parameters = Object.fromEntries(new URLSearchParams(search));
  let parts;
  try {
    parts = path.split("/").filter(Boolean).map(decodeURIComponent);
  } catch {
    parts = [];
  }
  if (parts[0] !== "r" || parts.length < 4) return { view: parts[0] === "create" ? "create" : "overview", parameters };
  const [, group, version, plural, namespace, name] = parts;
  const found = { view: name ? "object" : "list", group: group === "core" ? "" : group, version, plural, parameters };
  if (name) Object.assign(found, { namespace: namespace === "-" ? "" : namespace, name });
  return found;
}

/** Group and version of an apiVersion. */
export function groupOf(apiVersion) {
  const [first, second] = apiVersion.split("/");
  return second ? { group: first, version: second } : { group: "", version: first };
}
