/** The portal's API: JSON in, JSON out, problems thrown. */

/** What the server refused: its code of docs/errors.md, or OFFLINE when it was not reached. */
export class Problem extends Error {
  constructor(problem) {
    super(problem.title ?? problem.code);
    this.code = problem.code;
    this.detail = problem.detail;
    this.incident = problem.incident;
  }
}

let session;

async function request(method, path, headers, body) {
  let response;
  try {
    response = await fetch(path, { method, headers, body, cache: "no-store" });
  } catch {
    throw new Problem({ code: "OFFLINE" });
  }
  if (response.status === 204) {
    return null;
  }
  const answer = await response.json().catch(() => ({ code: "INTERNAL" }));
  if (!response.ok) {
    throw new Problem(answer);
  }
  return answer;
}

/** {csrf, citizen: {name, personal_number} or null}; begun by the first call on a page. */
export async function getSession() {
  session ??= request("GET", "/api/session", {});
  return session;
}

/** The citizen; goes to the login page if nobody is logged in. */
export async function needCitizen() {
  const { citizen } = await getSession();
  if (citizen === null) {
    location.replace("/");
    return new Promise(() => {}); // the page is being left
  }
  return citizen;
}

export function get(path) {
  return request("GET", path, {});
}

async function change(method, path, headers, body) {
  const { csrf } = await getSession();
  return request(method, path, { ...headers, "X-CSRF-Token": csrf }, body);
}

/** Sends an object as JSON, a Blob as what it is, or nothing. */
export function post(path, body) {
  if (body instanceof Blob) {
    return change("POST", path, { "Content-Type": body.type }, body);
  }
  return body === undefined
    ? change("POST", path, {})
    : change("POST", path, { "Content-Type": "application/json" }, JSON.stringify(body));
}

export function remove(path) {
  return change("DELETE", path, {});
}

/** The bytes of a document as a Blob. */
export async function getBlob(path) {
  const response = await fetch(path, { cache: "no-store" }).catch(() => {
    throw new Problem({ code: "OFFLINE" });
  });
  if (!response.ok) {
    throw new Problem(await response.json().catch(() => ({ code: "INTERNAL" })));
  }
  return response.blob();
}
