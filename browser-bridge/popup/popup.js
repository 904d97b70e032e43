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
 *   "sign", name, document                "done", document
 *   "cancel"                              none
 *                                         "failed", problem: RFC 9457, with our code
 */
"use strict";

const CODE_LOST = "AGENT_ABSENT";

let portal = null;
let begun = false;
let operation = null;

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
async function ask(origin, path, type, body) {
  let response;
  let problem = { code: CODE_LOST };
  try {
    response = await fetch(path, {
      method: body === undefined ? "GET" : "POST",
      body,
      headers: { "Piradi-Portal": origin, ...(type && { "Content-Type": type }) },
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

/** The operation's result, whatever it is. */
async function perform(kind, fields) {
  ({ operation } = await (await askJson(`/v1/operations/${kind}`, fields)).json());
  return askJson("/v1/result", { operation });
}

const commands = {
  async authenticate({ nonce }) {
    return { token: await (await perform("authenticate", { nonce })).json() };
  },
  async sign({ name, document: content }) {
    const upload = await ask(portal, "/v1/documents", "application/pdf", content);
    const { document: id } = await upload.json();
    const result = await perform("sign", { document: id, name, format: "pades", level: "B" });
    return { document: await result.blob() };
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
  } else if (!begun && Object.hasOwn(commands, message.piradi)) {
    run(commands[message.piradi], message);
  }
});

for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => speak(button.dataset.language));
}
speak(navigator.languages.some((language) => language.startsWith("ka")) ? "ka" : "en");
