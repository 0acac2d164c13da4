// What matters of an object, in cards.

import { fill, h } from "../core/dom.js";
import { conditionHealth, wordHealth } from "../core/health.js";
import { ageOf } from "../ui/ages.js";
import { causeList, causesOf } from "../ui/causes.js";
import { eventsOf } from "./events.js";
import { factsOf } from "./facts.js";
import { containersCard } from "./containers.js";
import { ownersLine } from "./owners.js";
import { secretCard } from "./secret.js";
import { nodeUse } from "./node_use.js";

export function summaryTab(self) {
  const main = h("section.card", {});
  const why = h("section.card", { hidden: true });
  const conditions = h("section.card", { hidden: true });
  const more = h("section.card.wide", { hidden: true });
  const labels = h("section.card", {});
  const owners = ownersLine(self);
  const use = self.kind.kind === "Node" && self.kind.group === "" ? nodeUse(self) : null;
  const secret = secretCard(self);
  const events = eventsOf(self, true);
  let asked = "";

  async function explain(object) {
    const { resourceVersion } = object.metadata;
    if (asked === resourceVersion || self.gone) return;
    asked = resourceVersion;
    try {
      const causes = await causesOf(self.path);
      why.hidden = !causes.length;
      fill(why, h("h2", {}, "Held back"), causeList(causes));
    } catch {
      why.hidden = true;
    }
  }

  function update(object) {
    const phase = object.status?.phase;
    const facts = factsOf(object);
    fill(
      main,
      h("h2", {}, "Summary"),
      h(
        "dl.facts",
        {},
        h("dt", {}, "Created"),
        h("dd", {}, ageOf(object.metadata.creationTimestamp), h("span.quiet", {}, ` ago, ${object.metadata.creationTimestamp}`)),
        h("dt", {}, "Made by"),
        h("dd", {}, owners.element),
        phase && [h("dt", {}, "Phase"), h("dd", {}, h(`span.chip.${wordHealth(phase) || "plain"}`, {}, phase))],
        facts.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]),
      ),
    );
    const all = object.status?.conditions ?? [];
    conditions.hidden = !all.length;
    fill(conditions, h("h2", {}, "Conditions"), conditionTable(all));
    const containers = containersCard(object);
    more.hidden = !containers;
    fill(more, containers);
    fill(labels, h("h2", {}, "Labels"), pairs(object.metadata.labels), annotations(object));
    secret?.update(object);
    explain(object);
  }

  return {
    element: [h("div.cards.large", {}, main, why, use?.element, secret?.element, conditions, labels, more), h("h2", {}, "Events"), events.element],
    update,
    stop() {
      events.stop();
      use?.stop();
    },
  };
}

function conditionTable(all) {
  const rows = all.map((each) =>
    h(
      "tr",
      {},
      h("td", {}, h(`span.chip.${conditionHealth(each) || "plain"}`, {}, `${each.type}: ${each.status}`)),
      h("td", {}, ageOf(each.lastTransitionTime ?? each.lastUpdateTime)),
      h("td", {}, [each.reason, each.message].filter(Boolean).join(": ")),
    ),
  );
  return h("div.scroll", {}, h("table.plain", {}, h("tbody", {}, rows)));
}

function pairs(map) {
  const found = Object.entries(map ?? {});
  return found.length ? h("div.chips", {}, found.map(([key, value]) => h("span.chip", {}, value ? `${key}=${value}` : key))) : h("p.quiet", {}, "None");
}

function annotations(object) {
  // What was last applied is the object once more; it is in the YAML.
  const found = Object.entries(object.metadata.annotations ?? {}).filter(([key]) => key !== "kubectl.kubernetes.io/last-applied-configuration");
  if (!found.length) return "";
  return h("details", {}, h("summary", {}, `Annotations (${found.length})`), h("dl.facts", {}, found.map(([key, value]) => [h("dt", {}, key), h("dd", {}, value.length > 500 ? `${value.slice(0, 500)} …` : value)])));
}
