// Whether what a table prints is well: "good", "busy" or "bad". The words are the server's own.

const GOOD = /^(Running|Succeeded|Completed?|Ready|Active|Bound|Available|Approved(,Issued)?|True|Normal|Established)$/;
const BUSY = /^(Pending|ContainerCreating|PodInitializing|Init:[0-9]+\/[0-9]+|Terminating|NotReady|Suspended|Released|Progressing|SchedulingGated|Ready,SchedulingDisabled|Unknown)$/;
const BAD = /(Err|BackOff|Error|Failed|Evicted|OOMKilled|Lost|Warning|Invalid|NotReady|DeadlineExceeded|UnexpectedAdmission|NodeLost|^ContainerStatusUnknown$|CannotRun|Denied)/;

/** The health a word tells, "" when it tells none. */
export function wordHealth(word) {
  if (GOOD.test(word)) return "good";
  if (BUSY.test(word)) return word.includes("NotReady") ? "bad" : "busy";
  return BAD.test(word) ? "bad" : "";
}

/** Of `2/3`: all, some or none of those wanted. */
export function partHealth(text) {
  const found = /^([0-9]+)\/([0-9]+)/.exec(text);
  if (!found) return "";
  const [have, want] = [Number(found[1]), Number(found[2])];
  if (have >= want) return "good";
  return have ? "busy" : "bad";
}

/** Health of a workload's row: `cells` by column name. */
export function workloadHealth(kind, cells) {
  if (kind === "DaemonSet") {
    return partHealth(`${Math.min(cells.Ready, cells.Available)}/${cells.Desired}`);
  }
  if (kind === "Job") {
    if (cells.Status) return { Complete: "good", Failed: "bad", FailureTarget: "bad" }[cells.Status] ?? "busy";
    return partHealth(cells.Completions) === "good" ? "good" : "busy";
  }
  if (kind === "CronJob") return String(cells.Suspend).toLowerCase() === "true" ? "busy" : "good";
  return partHealth(String(cells.Ready ?? cells.READY ?? ""));
}

/** Health of a condition: most hold when all is well, those of a node but Ready when it is not. */
export function conditionHealth({ type, status }) {
  const inverted = /(Pressure|Unavailable|Failure|Failed|Degraded|Disruption|DisruptionTarget|Terminating|NamesNotAccepted|NonStructural|Dangling|Resizing|Suspended)/.test(type);
  if (status === "Unknown") return "busy";
  return (status === "True") === inverted ? (inverted ? "bad" : "busy") : inverted ? "" : "good";
}

/** Names to cells of a row. */
export function cellsOf(columns, row) {
  return Object.fromEntries(columns.map((column, at) => [column.name, row.cells[at]]));
}
