// What can be done with an object, as buttons.

import { app } from "../core/app.js";
import { get, patch, request } from "../core/api.js";
import { h } from "../core/dom.js";
import { pathOf, place } from "../core/paths.js";
import { jobOf, restart } from "../core/rollouts.js";
import { ask, choices } from "./dialog.js";
import { doing, tell } from "./notices.js";

const RESTARTED = ["Deployment", "StatefulSet", "DaemonSet"];

/** The buttons of an object; deleting comes last. */
export function actionsOf(self) {
  const { kind, object } = self;
  const found = [];
  const button = (label, act, properties) => found.push(h("button", { onclick: act, ...properties }, label));
  const set = (body, done) => doing(() => patch(self.path, body), done);
  const told = `${kind.kind} ${self.name}`;
  if (kind.subresources.includes("scale")) button("Scale", () => scale(self));
  if (kind.group === "apps" && RESTARTED.includes(kind.kind)) button("Restart", () => restarting(self));
  if (kind.group === "apps" && kind.kind === "Deployment") {
    if (object.spec.paused) button("Resume", () => set({ spec: { paused: null } }, `${told} resumed`));
    else button("Pause", () => set({ spec: { paused: true } }, `${told} paused: changes of its template wait`));
  }
  if (kind.group === "batch" && kind.kind === "CronJob") button("Run now", () => run(self));
  if (kind.group === "batch" && ["CronJob", "Job"].includes(kind.kind)) {
    if (object.spec.suspend) button("Resume", () => set({ spec: { suspend: false } }, `${told} resumed`));
    else button("Suspend", () => set({ spec: { suspend: true } }, `${told} suspended`));
  }
  if (kind.group === "" && kind.kind === "Node") {
    if (object.spec?.unschedulable) button("Uncordon", () => set({ spec: { unschedulable: null } }, `${told} uncordoned`));
    else button("Cordon", () => set({ spec: { unschedulable: true } }, `${told} cordoned: it gets no new Pods`));
  }
  if (kind.verbs.includes("delete")) found.push(h("button.danger", { onclick: () => remove(self) }, "Delete"));
  return found;
}

async function scale(self) {
  let now;
  try {
    now = await get(`${self.path}/scale`);
  } catch (failure) {
    return tell(failure.message, true);
  }
  const input = h("input", { type: "number", min: 0, required: true, value: String(now.spec.replicas ?? 0), "aria-label": "Replicas" });
  const done = await ask({
    title: `Scale ${self.kind.kind} ${self.name}`,
    content: h("label", {}, "Replicas ", input),
    label: "Scale",
    act: () => patch(`${self.path}/scale`, { spec: { replicas: Number(input.value) } }),
  });
  if (done) tell(`${self.kind.kind} ${self.name} scaled to ${input.value}`);
}

async function restarting(self) {
  const done = await ask({
    title: `Restart ${self.kind.kind} ${self.name}?`,
    content: h("p", {}, "Its Pods are replaced one after the other, as its update strategy says."),
    label: "Restart",
    act: () => patch(self.path, restart(), "merge"),
  });
  if (done) tell(`${self.kind.kind} ${self.name} restarts`);
}

async function run(self) {
  const job = jobOf(self.object, Date.now().toString(36));
  const kind = app.kinds.find("batch", "jobs");
  if (await doing(() => request("POST", pathOf(kind, self.namespace), { body: job }), `Job ${job.metadata.name} started`)) {
    location.hash = place(kind, self.namespace, job.metadata.name);
  }
}

async function remove(self) {
  const { kind, name, namespace } = self;
  const warned = kind.kind === "Namespace" && kind.group === "" ? "Everything in this namespace is deleted with it." : kind.kind === "CustomResourceDefinition" ? "All objects of this kind are deleted with it." : "";
  const done = await ask({
    title: `Delete ${kind.kind} ${namespace ? `${namespace}/` : ""}${name}?`,
    content: [
      warned && h("p.bad", {}, warned),
      choices("propagation", "What it owns (Pods of a workload, for example)", [
        ["Background", "is deleted after it", "the usual way"],
        ["Foreground", "is deleted before it", "it stays until they are gone"],
        ["Orphan", "is left", "nobody looks after it then"],
      ]),
    ],
    label: "Delete",
    danger: true,
    act: (form) =>
      request("DELETE", self.path, {
        // Not another one of the same name that came since.
        body: { propagationPolicy: new FormData(form).get("propagation"), preconditions: { uid: self.object.metadata.uid } },
      }),
  });
  if (!done) return;
  tell(`${kind.kind} ${name} deleted`);
  location.hash = place(kind, namespace);
}
