// The head, the kinds at the side, and where a view goes.

import { app, watchTable } from "../core/app.js";
import { ask } from "../core/api.js";
import { sections } from "../core/discovery.js";
import { fill, h } from "../core/dom.js";
import { eachFrame } from "../core/frames.js";
import { pathOf, place, query } from "../core/paths.js";

export class Frame {
  constructor(root) {
    this.where = h("span.where", {});
    this.state = h("span.live", { role: "status" }, "live");
    this.namespaces = h("span", {});
    this.banner = h("div.banner", { role: "alert" });
    this.links = h("div", {});
    this.search = h("input", { type: "search", placeholder: "Find a kind", "aria-label": "Find a kind", oninput: () => this.#list() });
    this.side = h("nav.side", { "aria-label": "Kinds" }, this.search, this.links);
    this.main = h("main.content", { id: "main-content", tabindex: -1 });
    this.create = h("a", { href: "#/create" }, h("button", { tabindex: -1 }, "Create"));
    const menu = h("button.menu", { "aria-label": "Kinds", onclick: () => this.side.classList.toggle("open") }, "☰");
    const leave = h("button.plain", { onclick: () => this.#leave(), title: "End this session; the console goes on" }, "Sign out");
    const brand = h("a.brand", { href: "#/" }, h("img", { src: "icon.svg", alt: "" }), "minik8s");
    fill(root, h("header.head", {}, menu, brand, this.namespaces, this.where, this.state, this.create, leave), this.banner, this.side, this.main);
    addEventListener("keydown", (event) => this.#key(event));
    this.#chosen = { view: "overview", parameters: {} };
  }

  #chosen;
  #listed = [];

  session() {
    const { context, server } = app.session;
    fill(this.where, [context, server, app.user && `as ${app.user}`].filter(Boolean).join(" · "));
    this.where.title = this.where.textContent;
  }

  /** The kinds are known: the side, and the namespaces' own watch. */
  kinds() {
    this.#listed = sections(app.kinds.listable());
    this.#list();
    const kind = app.kinds.find("", "namespaces");
    if (!kind) return;
    const select = h("select", { "aria-label": "Namespace", onchange: () => this.#choose(select.value) });
    const typed = h("input", { "aria-label": "Namespace", placeholder: "namespace", onchange: () => this.#choose(typed.value.trim()) });
    const refresh = eachFrame(() => {
      const names = [...watch.cache.rows.values()].map((row) => row.object.metadata.name).sort();
      if (app.namespace && !names.includes(app.namespace)) names.unshift(app.namespace);
      fill(select, h("option", { value: "" }, "All namespaces"), names.map((name) => h("option", { value: name }, name)));
      select.value = app.namespace;
    });
    const watch = watchTable(pathOf(kind), {
      onChange: refresh,
      onFailure: (failure) => {
        // Who may not list them types one.
        typed.value = app.namespace;
        fill(this.namespaces, failure ? typed : select);
        if (failure && this.#chosen.view === "overview" && !app.namespace) location.hash = `#/${query({ ns: app.session.own })}`;
      },
    });
    fill(this.namespaces, select);
    this.chooser = { select, typed, refresh };
  }

  /** Another address. */
  at(route) {
    this.#chosen = route;
    this.side.classList.remove("open");
    this.create.href = `#/create${query({ ns: app.namespace })}`;
    if (this.chooser) {
      this.chooser.refresh();
      this.chooser.typed.value = app.namespace;
    }
    this.#list();
    const name = route.name ?? route.plural ?? "";
    document.title = name ? `${name} · minik8s` : "minik8s";
  }

  /** Say whether what is shown is true. */
  broken() {
    const told = app.mux.connected ? [...new Set(app.broken.values())] : ["The console does not answer. Start it again with minik8s dashboard; this page shows what was last known."];
    // Before the first stream there is nothing that could be broken.
    const off = told.length > 0 && (app.mux.connected || this.wasLive);
    this.wasLive ||= app.mux.connected;
    document.getElementById("app").classList.toggle("stale", off);
    this.state.classList.toggle("off", off);
    fill(this.state, off ? "disconnected" : "live");
    fill(this.banner, off && h("div", {}, `Disconnected, trying again: ${told.join("; ")}`));
  }

  #list() {
    const words = this.search.value.trim().toLowerCase();
    const route = this.#chosen;
    const link = (kind) => {
      const here = kind.group === route.group && kind.plural === route.plural;
      const title = kind.group ? `${kind.plural}.${kind.group}` : kind.plural;
      return h("a", { href: place(kind, app.namespace), title, "aria-current": here ? "page" : undefined }, manyOf(kind));
    };
    const fits = (kind) => [kind.kind, kind.plural, kind.group, ...kind.shortNames].some((text) => text.toLowerCase().includes(words));
    const at = this.side.scrollTop;
    fill(
      this.links,
      h("a", { href: `#/${query({ ns: app.namespace })}`, "aria-current": route.view === "overview" ? "page" : undefined }, "Overview"),
      this.#listed.map(([title, kinds]) => {
        const found = kinds.filter(fits);
        return found.length ? [h("h2", {}, title), found.map(link)] : [];
      }),
    );
    this.side.scrollTop = at;
  }

  #choose(namespace) {
    app.namespace = namespace;
    const { view, plural, group, parameters } = this.#chosen;
    const kind = plural && app.kinds.find(group, plural);
    if ((view === "list" || view === "object") && kind?.namespaced) {
      location.hash = place(kind, namespace, "", view === "list" ? { ...parameters, ns: namespace } : {});
    } else location.hash = `#/${query({ ns: namespace })}`;
  }

  #key(event) {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, dialog, .vt")) return;
    event.preventDefault();
    (this.main.querySelector("input[type=search]") ?? this.search).focus();
  }

  async #leave() {
    await ask("POST", "logout").catch(() => {});
    location.reload();
  }
}

/** A kind's name for many: Pods, NetworkPolicies, Ingresses, but Endpoints. */
export function manyOf({ kind, plural }) {
  const name = kind.toLowerCase();
  if (plural === name) return kind;
  return plural.startsWith(name) ? kind + plural.slice(name.length) : kind.replace(/y$/, "ies");
}
