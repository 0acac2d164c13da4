// The page begins here: who we are, what the cluster knows, then the view the address asks for.

import { app } from "./core/app.js";
import { ask as console_, request } from "./core/api.js";
import { fill, h } from "./core/dom.js";
import { route } from "./core/paths.js";
import { Frame } from "./ui/frame.js";
import { failureBox } from "./ui/notices.js";
import { view as create } from "./views/create.js";
import { view as list } from "./views/list.js";
import { view as object } from "./views/object.js";
import { view as overview } from "./views/overview.js";

const VIEWS = { overview, list, object, create };

const frame = new Frame(document.getElementById("app"));
let current = null;
let turn = 0;

async function show() {
  const at = route(location.hash);
  const mine = ++turn;
  if (at.view !== "object") app.namespace = at.parameters.ns ?? "";
  frame.at(at);
  // A view that only changes its tab or its search goes on.
  if (current?.keep?.(at)) return;
  current?.stop();
  current = null;
  const main = frame.main;
  fill(main);
  try {
    const made = await VIEWS[at.view](at);
    if (mine !== turn) return made.stop();
    current = made;
    fill(main, made.element);
    if (document.activeElement === document.body) main.focus({ preventScroll: true });
  } catch (failure) {
    if (mine === turn) fill(main, failureBox(failure));
    if (failure.code === undefined) console.error(failure);
  }
}

async function begin() {
  app.onBroken = () => frame.broken();
  app.mux.onChange(() => frame.broken());
  // Asked at once: what is needed for the first view does not wait for the other.
  const kinds = app.kinds.load();
  kinds.catch(() => {});
  try {
    app.session = await console_("GET", "session");
  } catch (failure) {
    fill(frame.main, failureBox(failure));
    return;
  }
  if (!location.hash && app.session.namespace) history.replaceState(null, "", `#/?ns=${encodeURIComponent(app.session.namespace)}`);
  frame.session();
  whoAmI();
  for (let first = true; ; first = false) {
    try {
      await (first ? kinds : app.kinds.load());
      break;
    } catch (failure) {
      fill(frame.main, failureBox(failure));
      if (failure.code === 401 || failure.code === 403) return;
      await new Promise((resolve) => setTimeout(resolve, 1500));
    }
  }
  frame.kinds();
  addEventListener("hashchange", show);
  show();
}

async function whoAmI() {
  try {
    const body = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
    const review = await request("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", { body });
    app.user = review.status?.userInfo?.username ?? "";
    frame.session();
  } catch {
    // Older servers do not tell.
  }
}

begin();
