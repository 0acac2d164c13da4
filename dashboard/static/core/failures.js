// What the server said when it refused, and what a person can do about it.

export class Failure extends Error {
  constructor(code, reason, message, details) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
  }
}

/** The failure in an answer's body: a Status, or whatever it is. */
export function failureOf(code, text) {
  try {
    const status = JSON.parse(text);
    if (status.kind === "Status" || status.message) {
      return new Failure(status.code || code, status.reason ?? "", status.message || `the server answered ${code}`, status.details);
    }
    if (status.detail) return new Failure(code, "", typeof status.detail === "string" ? status.detail : JSON.stringify(status.detail));
  } catch {
    // It is no JSON.
  }
  return new Failure(code, "", text.trim().slice(0, 2000) || `the server answered ${code}`);
}

const ADVICE = {
  401: "Your credentials are not (or no longer) known to the cluster: sign in again with what made your kubeconfig.",
  403: "You may not do this. Somebody who may can grant it with a Role and a RoleBinding.",
  404: "It is not there: it was deleted, or its kind is not served by this cluster.",
  410: "The list was too old and is read again.",
  422: "Correct the fields named above and try again.",
  429: "The server asks to wait: a disruption budget or its own load stands against it. Try again in a moment.",
  502: "The console cannot reach the API server. Does it run (minik8s status)?",
  503: "The server is not ready. Try again in a moment.",
};

/** What to do about a failure, "" when nothing is known. */
export function advice(failure) {
  if (failure.code === 409) {
    return failure.reason === "AlreadyExists"
      ? "Give it another name, or edit the one that is there."
      : "Somebody changed it since you read it. Load it again and make your change there.";
  }
  return ADVICE[failure.code] ?? "";
}
