// The API, as this page uses it: the session's cookie goes along by itself, its token with whatever changes something.

let session = null;

/** What the server refused, as its problem document says it (RFC 9457). */
export class Problem extends Error {
  constructor(status, document) {
    super(document.detail || document.title || `The server answered ${status}.`);
    this.status = status;
    this.code = document.code || "";
    this.faults = document.errors || [];
    this.requestId = document.request_id || "";
  }
}

/** The server could not be reached at all. */
export class Unreachable extends Error {
  constructor() {
    super("The server cannot be reached. Trying again …");
  }
}

export const me = () => session?.me ?? null;

/** The session that this browser's cookie stands for, or null. */
export async function resume() {
  try {
    session = await get("/session");
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    session = null;
  }
  return session;
}

export async function signIn(key) {
  session = await send("POST", "/session", { key });
  if (!(await resume())) throw new Error("This browser did not keep the session. Open the console at its https address.");
  return session;
}

export async function signOut() {
  await send("DELETE", "/session");
  session = null;
}

export async function get(path, options = {}) {
  const response = await ask(path, options);
  return response.json();
}

export async function send(method, path, body, options = {}) {
  const response = await ask(path, {
    ...options,
    method,
    body: body === undefined ? undefined : JSON.stringify(body),
    headers: { ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...options.headers },
  });
  return response.status === 204 ? null : response.json();
}

/** Upload a picture; its id, media type and size. */
export async function upload(file) {
  const form = new FormData();
  form.append("file", file);
  const response = await ask("/assets", { method: "POST", body: form });
  return response.json();
}

/** The raw answer. Raises `Problem` and `Unreachable`; a 304 is an answer. */
export async function ask(path, options = {}) {
  const headers = { Accept: "application/json", ...options.headers };
  if (session && !["GET", "HEAD", undefined].includes(options.method)) headers["X-CSRF-Token"] = session.csrf_token;
  let response;
  try {
    response = await fetch(path, { credentials: "same-origin", ...options, headers });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Unreachable();
  }
  if (response.ok || response.status === 304) return response;
  const isProblem = (response.headers.get("Content-Type") || "").includes("json");
  const problem = new Problem(response.status, isProblem ? await response.json() : {});
  if (problem.status === 401 && session) {
    session = null;
    window.dispatchEvent(new Event("signed-out"));
  }
  throw problem;
}

/** A key under which a request that is sent again earns the same answer. */
export function idempotencyKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Ask again and again, as the server's `Retry-After` says, and only when somebody looks. `onNews` gets what changed; unchanged
 * answers (304) cost neither of us anything. `pace(document)` is how many seconds to wait, null to stop. Gives a function that stops.
 */
export function poll(path, { onNews, onTrouble = () => {}, pace }) {
  let etag = null;
  let document_ = null;
  let stopped = false;
  let timer = null;

  async function turn() {
    if (stopped) return;
    if (document.hidden) return schedule(1);
    let pause = 2;
    try {
      const response = await ask(path, { cache: "no-store", headers: etag ? { "If-None-Match": etag } : {} });
      if (stopped) return;
      if (response.status !== 304) {
        etag = response.headers.get("ETag");
        document_ = await response.json();
        onNews(document_);
      }
      onTrouble(null);
      pause = pace(document_, Number(response.headers.get("Retry-After")) || null);
    } catch (error) {
      if (stopped) return;
      onTrouble(error);
      if (error instanceof Problem && error.status < 500 && error.status !== 429) return;
    }
    if (pause !== null) schedule(pause);
  }

  function schedule(seconds) {
    timer = setTimeout(turn, seconds * 1000);
  }

  turn();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
