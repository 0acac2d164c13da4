// One request to the API server, through the console.

import { Failure, failureOf } from "./failures.js";

export const PATCH = {
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  json: "application/json-patch+json",
  apply: "application/apply-patch+yaml",
};

export const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

/** The answer's value. Throws Failure. `path` is one of the API server's: /api/v1/… */
export async function request(method, path, { body, type = "application/json", accept = "application/json" } = {}) {
  return send(method, `k8s${path}`, { body, type, accept });
}

/** The same of the console itself. */
export async function ask(method, path, body) {
  return send(method, `console/${path}`, { body, type: "application/json", accept: "application/json" });
}

async function send(method, path, { body, type, accept }) {
  const headers = { Accept: accept };
  if (body !== undefined) headers["Content-Type"] = type;
  const ask = async () => {
    const answer = await fetch(path, { method, headers, body: body === undefined || typeof body === "string" ? body : JSON.stringify(body) });
    return [answer, await answer.text()];
  };
  let answer, text;
  try {
    try {
      [answer, text] = await ask();
    } catch (broken) {
      // A browser drops what it is about when this machine's networks change. What only reads is asked again.
      if (method !== "GET") throw broken;
      await new Promise((resolve) => setTimeout(resolve, 200));
      [answer, text] = await ask();
    }
  } catch {
    throw new Failure(0, "Gone", "The console does not answer. Try again; if it was ended, start it again with minik8s dashboard.");
  }
  if (!answer.ok) throw failureOf(answer.status, text);
  if (!text) return null;
  return (answer.headers.get("content-type") ?? "").includes("json") ? JSON.parse(text) : text;
}

export const get = (path, accept) => request("GET", path, { accept });
export const patch = (path, body, kind = "merge") => request("PATCH", path, { body, type: PATCH[kind] });
