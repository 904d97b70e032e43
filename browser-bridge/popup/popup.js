/**
 * The bridge's own page, for browsers that do not let a portal's page reach the bridge: the portal
 * opens it in a click and talks to it by messages; it asks the bridge in the portal's name.
 *
 * It never speaks first. It answers only its opener, and only where the bridge says that the
 * origin from which the browser delivered the message is on the administrator's list; to anybody
 * else it stays silent. The first such origin is the only one.
 *
 *   opener's message {piradi, id, …}      answer {piradi, id, …}
 *   "hello"                               "ready"
 *   "authenticate", nonce                 "done", token
 *   "certificate"                         "done", certificate
 *   "sign", name, document                "done", document
 *   "sign-hash", hash, hash_function,     "done", signature
 *     certificate
 *   "cancel"                              none
 *                                         "failed", problem: RFC 9457, with our code
 *
 * A command with `signed` is of a portal that must sign its requests: for each of them the popup
 * says "authorize", request {method, path, sha256}, and the opener "authorized", signature.
 */
"use strict";

const CODE_LOST = "AGENT_ABSENT";

let portal = null;
let begun = false;
let operation = null;
let authorized = null; /* takes the signature that is waited for */

function show(state) {
  document.body.dataset.state = state;
}

function speak(language) {
  document.documentElement.lang = language;
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === language));
  }
}

class Refusal extends Error {
  constructor(problem) {
    super(problem.code);
    this.problem = problem;
  }
}

/** Asks the bridge for that portal; anything but yes is a Refusal. */
async function ask(origin, path, type, body, signature) {
  let response;
  let problem = { code: CODE_LOST };
  try {
    response = await fetch(path, {
      method: body === undefined ? "GET" : "POST",
      body,
      headers: {
        "Piradi-Portal": origin,
        ...(type && { "Content-Type": type }),
        ...(signature !== undefined && { "Piradi-Signature": signature }),
      },
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
    });
    if (response.ok) {
      return response;
    }
    problem = await response.json();
  } catch {
    /* the bridge has gone */
  }
  throw new Refusal(problem);
}

function askJson(path, value) {
  return ask(portal, path, "application/json", JSON.stringify(value));
}

async function sha256(body) {
  const digest = await crypto.subtle.digest("SHA-256", await new Blob([body]).arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What the person is asked with; signed by the portal where it must. */
async function request({ id, signed }, path, type, body) {
  if (!signed) {
    return ask(portal, path, type, body);
  }
  const digest = await sha256(body);
  const signature = await new Promise((resolve) => {
    authorized = resolve;
    answer({ piradi: "authorize", id, request: { method: "POST", path, sha256: digest } });
  });
  return ask(portal, path, type, body, signature);
}

/** The operation's result, whatever it is. */
async function perform(message, kind, fields) {
  const begun = await request(message, `/v1/operations/${kind}`, "application/json", JSON.stringify(fields));
  ({ operation } = await begun.json());
  return askJson("/v1/result", { operation });
}

const commands = {
  async authenticate(message) {
    return { token: await (await perform(message, "authenticate", { nonce: message.nonce })).json() };
  },
  async certificate(message) {
    return { certificate: await (await perform(message, "certificate", {})).json() };
  },
  async sign(message) {
    const upload = await request(message, "/v1/documents", "application/pdf", message.document);
    const { document: id } = await upload.json();
    const result = await perform(message, "sign", { document: id, name: message.name, format: "pades", level: "B" });
    return { document: await result.blob() };
  },
  async "sign-hash"(message) {
    const { hash, hash_function, certificate } = message;
    return { signature: await (await perform(message, "sign-hash", { hash, hash_function, certificate })).json() };
  },
};

function answer(message) {
  opener?.postMessage(message, portal);
}

async function run(command, message) {
  const { id } = message;
  begun = true;
  document.querySelector(".site").textContent = new URL(portal).host;
  show("asking");
  try {
    answer({ piradi: "done", id, ...(await command(message)) });
  } catch (error) {
    const problem = error instanceof Refusal ? error.problem : { code: "BAD_REQUEST", detail: String(error) };
    answer({ piradi: "failed", id, problem });
  }
  show("done");
  close();
}

/** Whether the bridge knows the origin. Asked once: what was refused stays so. */
const known = new Map();

function isKnown(origin) {
  if (!known.has(origin)) {
    known.set(origin, ask(origin, "/v1/status").then(() => true, () => false));
  }
  return known.get(origin);
}

addEventListener("message", async (event) => {
  if (opener === null || event.source !== opener || (portal !== null && event.origin !== portal)) {
    return;
  }
  const message = event.data;
  if (typeof message?.piradi !== "string" || !(await isKnown(event.origin))) {
    return;
  }
  portal ??= event.origin;
  if (portal !== event.origin) {
    return;
  }
  if (message.piradi === "hello") {
    answer({ piradi: "ready", id: message.id });
  } else if (message.piradi === "cancel" && operation !== null) {
    askJson("/v1/cancel", { operation }).catch(() => {});
  } else if (message.piradi === "authorized" && typeof message.signature === "string") {
    authorized?.(message.signature);
  } else if (!begun && Object.hasOwn(commands, message.piradi)) {
    run(commands[message.piradi], message);
  }
});

for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => speak(button.dataset.language));
}
speak(navigator.languages.some((language) => language.startsWith("ka")) ? "ka" : "en");
