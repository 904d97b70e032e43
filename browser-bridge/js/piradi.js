/**
 * Asks the ID card of the person at this browser, through Piradi on their own computer: who is it,
 * and will they sign this. An ES module without dependencies; piradi.d.ts has its types. Everything
 * that goes wrong is a PiradiError with a code of docs/errors.md, or one of the codes below that
 * only a page can tell; what its caller aborts is rejected with the signal's reason.
 *
 *   AGENT_ABSENT          nothing answers: Piradi is not running, or does not know this portal
 *   PERMISSION_UNDECIDED  the browser asks, or has asked, and the person has not answered
 *   PERMISSION_DENIED     the person, or a policy, forbids this page to reach their computer
 *   BLOCKED_BY_POLICY     the page's own Content-Security-Policy does not list the bridge
 *   PORT_TAKEN            another program answers in the bridge's place
 *   NOT_SECURE            the page was not opened over https
 *
 * What asks the person chooses its way: directly, by fetch; or, where the browser or the page's
 * policy keeps that from the bridge, through a popup of the bridge's own, which needs a page
 * without `Cross-Origin-Opener-Policy: same-origin`. Events (watch) have no such second way; one of
 * a portal's tabs listens to them for all.
 *
 * A portal that must sign its requests gives `authorize`: it is called with {method, path, origin,
 * sha256} for each, and gives the detached JWS that the portal's server has made of them.
 */

const BRIDGE = "http://127.0.0.1:27310";
const API_VERSION = 1;
/* Browsers that ask before a page reaches the person's computer; the newest name comes first. */
const PERMISSIONS = ["loopback-network", "local-network-access"];
/* A refused connection fails sooner than a person can dismiss a question. */
const PERSON_MS = 500;
const UNDECIDED_MS = 1000;
const LOOK_AGAIN_MS = 2000;
const LASTING = ["BLOCKED_BY_POLICY", "NOT_SECURE", "VERSION_UNSUPPORTED"];
const PERMISSION_CODES = ["PERMISSION_DENIED", "PERMISSION_UNDECIDED"];
const POPUP_CODES = [...PERMISSION_CODES, "BLOCKED_BY_POLICY"];
/* A click lets a page open a window for about five seconds. */
const PATIENCE_MS = 3000;
const GREETING_MS = 100;
const POPUP_MS = 10000;
/* Of the lock and the channel that a portal's tabs share; another version has others. */
const SHARED = "piradi-watch-1";
const HELLO = "hello";

/* Whether the bridge has ever answered this page. */
let reached = false;

export class PiradiError extends Error {
  /** @param {object} problem an RFC 9457 problem of the bridge, or {code, detail} */
  constructor(problem) {
    super(problem.detail ? `${problem.code}: ${problem.detail}` : problem.code);
    this.name = "PiradiError";
    this.code = problem.code;
    this.detail = problem.detail;
    this.triesLeft = problem.tries_left;
    this.retryAfter = problem.retry_after_s;
    this.holder = problem.holder;
    this.incident = problem.incident;
  }
}

function failure(code, detail) {
  return new PiradiError({ code, detail });
}

/** The browser's PermissionStatus; null where it has no such permission. */
async function permission() {
  for (const name of PERMISSIONS) {
    try {
      return await navigator.permissions.query({ name });
    } catch {
      /* not known here: the next name */
    }
  }
  return null;
}

/** Notes whether this page's own policy blocks the bridge while something is tried. */
function watchPolicy() {
  const noted = { blocked: false };
  const listen = (event) => {
    noted.blocked ||= event.disposition === "enforce" && event.blockedURI.startsWith(BRIDGE);
  };
  document.addEventListener("securitypolicyviolation", listen);
  noted.stop = () => document.removeEventListener("securitypolicyviolation", listen);
  return noted;
}

/** Whether some program answers that lets any page read it: ours never does. */
async function strangerAnswers(signal) {
  try {
    await fetch(`${BRIDGE}/`, { mode: "no-cors", cache: "no-store", credentials: "omit", signal });
    return true;
  } catch {
    return false;
  }
}

/** Why a fetch failed without an answer: a PiradiError. */
async function explain(policy, elapsed, signal) {
  const state = (await permission())?.state;
  if (policy.blocked) {
    return failure("BLOCKED_BY_POLICY", `connect-src must list ${BRIDGE}`);
  }
  if (state === "denied") {
    return failure("PERMISSION_DENIED");
  }
  if (state === "prompt" && elapsed >= PERSON_MS) {
    return failure("PERMISSION_UNDECIDED");
  }
  if (state !== "prompt" && (await strangerAnswers(signal))) {
    return failure("PORT_TAKEN");
  }
  return failure("AGENT_ABSENT");
}

async function problemOf(response) {
  const problem = await response.json().catch(() => null);
  return typeof problem?.code === "string" ? new PiradiError(problem) : failure("PORT_TAKEN");
}

async function sha256(body) {
  const digest = await crypto.subtle.digest("SHA-256", await new Blob([body]).arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function headersOf({ method, type, body, authorize }, path) {
  const headers = type ? { "Content-Type": type } : {};
  if (authorize) {
    const request = { method, path, origin: location.origin, sha256: await sha256(body) };
    headers["Piradi-Signature"] = await authorize(request);
  }
  return headers;
}

/** The channel by which a page reaches the bridge: its answer, or a PiradiError. */
async function call(path, { method = "GET", signal, ...request } = {}) {
  if (!isSecureContext) {
    throw failure("NOT_SECURE");
  }
  const headers = await headersOf({ method, ...request }, path);
  const began = performance.now();
  const policy = watchPolicy();
  try {
    const response = await fetch(BRIDGE + path, {
      method,
      body: request.body,
      headers,
      mode: "cors",
      credentials: "omit",
      cache: "no-store",
      redirect: "error",
      referrerPolicy: "no-referrer",
      signal,
    });
    if (!response.ok) {
      throw await problemOf(response);
    }
    reached = true;
    return response;
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof PiradiError
      ? error
      : await explain(policy, performance.now() - began, signal);
  } finally {
    policy.stop();
  }
}

/* The answer to "may this page reach the computer" can come with the first connection already
 * closed: what failed then is asked once more. Only a GET, which has no effect, is. */
async function callAfterPermission(path, signal) {
  const before = (await permission())?.state;
  try {
    return await call(path, { signal });
  } catch (error) {
    if (before === "prompt" && (await permission())?.state === "granted") {
      return call(path, { signal });
    }
    throw error;
  }
}

function stateOf(body) {
  if (!body.agent_running) {
    throw failure("AGENT_ABSENT", "piradi-agent is not running");
  }
  return { pcsc: body.pcsc, readers: body.readers };
}

/**
 * What runs and what the readers hold now; it tells nothing about the person.
 * @param {{signal?: AbortSignal}} [options]
 */
export async function status({ signal } = {}) {
  const response = await callAfterPermission("/v1/status", signal);
  const body = await response.json().catch(() => ({}));
  if (!Array.isArray(body.api_versions)) {
    throw failure("PORT_TAKEN");
  }
  if (!body.api_versions.includes(API_VERSION)) {
    throw failure("VERSION_UNSUPPORTED", `the bridge speaks ${body.api_versions}`);
  }
  return { ...stateOf(body), agentVersion: body.agent_version };
}

/** Opens the bridge's own page; null where the browser lets no window open, as without a click. */
function openPopup() {
  return navigator.userActivation?.isActive === false
    ? null
    : open(`${BRIDGE}/popup`, "_blank", "popup,width=560,height=440");
}

/**
 * The other channel: the bridge's own page asks in our place, and gives what the person gave. It
 * never speaks first, so it is greeted until it answers. Where it never could, because it was closed
 * or the page's Cross-Origin-Opener-Policy cut it off, the reason to open it is what went wrong.
 */
function askPopup(popup, command, fields, { signal, authorize }, reason) {
  const id = crypto.randomUUID();
  const say = (piradi, more) => popup.postMessage({ ...more, piradi, id }, BRIDGE);
  const began = performance.now();
  let ready = false;
  return new Promise((resolve, reject) => {
    const settle = (how, value) => {
      clearInterval(timer);
      removeEventListener("message", hear);
      signal?.removeEventListener("abort", abort);
      how(value);
    };
    const leave = (error) => {
      say("cancel");
      popup.close();
      settle(reject, error);
    };
    const abort = () => leave(signal.reason);
    const hear = ({ source, origin, data }) => {
      if (source !== popup || origin !== BRIDGE || data?.id !== id) {
        return;
      }
      if (data.piradi === "ready" && !ready) {
        ready = true;
        say(command, { ...fields, signed: Boolean(authorize) });
      } else if (data.piradi === "authorize" && authorize) {
        Promise.resolve(authorize({ ...data.request, origin: location.origin }))
          .then((signature) => say("authorized", { signature }), leave);
      } else if (data.piradi === "done") {
        settle(resolve, data);
      } else if (data.piradi === "failed") {
        settle(reject, new PiradiError(data.problem));
      }
    };
    const timer = setInterval(() => {
      if (popup.closed) {
        settle(reject, ready ? failure("USER_CANCELLED", "the popup was closed") : reason);
      } else if (!ready && performance.now() - began > POPUP_MS) {
        leave(failure("AGENT_ABSENT"));
      } else if (!ready) {
        say("hello");
      }
    }, GREETING_MS);
    addEventListener("message", hear);
    signal?.addEventListener("abort", abort);
  });
}

/** status, but gives up while a popup can still be opened in the click that led here. */
async function reach(signal) {
  const stop = new AbortController();
  const abort = () => stop.abort(signal.reason);
  const asked = await permission();
  signal?.throwIfAborted();
  signal?.addEventListener("abort", abort);
  const timer = setTimeout(() => {
    if (asked?.state === "prompt" && navigator.userActivation?.isActive) {
      stop.abort(failure("PERMISSION_UNDECIDED"));
    }
  }, PATIENCE_MS);
  try {
    await status({ signal: stop.signal });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

/**
 * WebKit has no such permission: it blocks without a word, and forgets the click as soon as anything
 * is fetched. There a popup opens before all else, unless the bridge was reached after all.
 */
async function openPopupAtOnce() {
  return isSecureContext && !reached && (await permission()) === null ? openPopup() : null;
}

/** By fetch; where the browser or the page's policy keeps fetch from the bridge, in a popup. */
async function either(direct, command, fields, options) {
  options.signal?.throwIfAborted();
  let reason = failure("AGENT_ABSENT");
  let popup = await openPopupAtOnce();
  if (popup === null) {
    reason = await reach(options.signal).then(() => null, (error) => error);
    if (reason === null) {
      return direct();
    }
    popup = POPUP_CODES.includes(reason.code) ? openPopup() : null;
  }
  if (popup === null) {
    throw reason;
  }
  return askPopup(popup, command, fields, options, reason);
}

async function postJson(path, value, options) {
  const body = JSON.stringify(value);
  return call(path, { method: "POST", type: "application/json", body, ...options });
}

/** Asks with these fields and gives the answer, {name: value}, by whichever way. */
function ask(command, name, fields, { signal, authorize }) {
  const options = { signal, authorize };
  const direct = async () => ({ [name]: await (await postJson(`/v1/${command}`, fields, options)).json() });
  return either(direct, command, fields, options);
}

/**
 * Logs the person in: a Web eID authentication token for the portal's server to verify. Call it
 * soon after a click: only then may a popup open where the browser denies the direct way.
 * @param {string} nonce the server's, of at least 44 characters, used once
 * @param {{signal?: AbortSignal, authorize?: Function}} [options] aborting closes the person's window
 */
export async function authenticate(nonce, options = {}) {
  return (await ask("authenticate", "token", { nonce }, options)).token;
}

/**
 * The certificate that the person signs with, once they agree: {certificate, chain, algorithm}. For
 * portals that may. Call it soon after a click.
 */
export async function certificate(options = {}) {
  return (await ask("certificate", "certificate", {}, options)).certificate;
}

/**
 * Lets the person sign a hash, of what cannot be shown to them: {signature, algorithm}. For portals
 * that may. Call it soon after a click.
 * @param {string} hash in base64
 * @param {{hashFunction: string, certificate: string}} options the certificate that `certificate` gave
 */
export async function signHash(hash, { hashFunction, certificate: signer, ...options }) {
  const fields = { hash, hash_function: hashFunction, certificate: signer };
  return (await ask("sign-hash", "signature", fields, options)).signature;
}

/**
 * Shows the person a PDF and lets them sign it (PAdES): the signed PDF. Call it soon after a click.
 * @param {Blob|BufferSource} document
 * @param {{name: string, signal?: AbortSignal, authorize?: Function}} options the file's name, as the
 *   person sees it
 */
export async function sign(document, { name, signal, authorize }) {
  const options = { signal, authorize };
  const direct = async () => {
    const upload = { method: "POST", type: "application/pdf", body: document, ...options };
    const { document: id } = await (await call("/v1/documents", upload)).json();
    const request = { document: id, name, format: "pades", level: "B" };
    return { document: await (await postJson("/v1/sign", request, options)).blob() };
  };
  return (await either(direct, "sign", { name, document }, options)).document;
}

/** Resolves when begin calls its argument, or the signal is aborted; begin returns how to clean up. */
function until(signal, begin) {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const finish = () => {
      signal.removeEventListener("abort", finish);
      cleanUp();
      resolve();
    };
    const cleanUp = begin(finish);
    signal.addEventListener("abort", finish);
  });
}

function delay(signal) {
  return until(signal, (finish) => {
    const timer = setTimeout(finish, LOOK_AGAIN_MS);
    return () => clearTimeout(timer);
  });
}

/** Asking again would only make the browser ask the person again, and in the end for ever deny. */
async function permissionChanges(signal) {
  const asked = await permission();
  if (asked === null || asked.state === "granted") {
    return delay(signal);
  }
  return until(signal, (finish) => {
    asked.addEventListener("change", finish);
    return () => asked.removeEventListener("change", finish);
  });
}

/** Tells the readers' state until the stream breaks. */
function follow(tell, signal) {
  return until(signal, (finish) => {
    const events = new EventSource(`${BRIDGE}/v1/events`);
    events.addEventListener("error", finish);
    events.addEventListener("readers", (event) => {
      try {
        tell(stateOf(JSON.parse(event.data)));
      } catch (error) {
        tell(error);
      }
    });
    return () => events.close();
  });
}

/** status, but tells while the browser's question to the person is on screen. */
async function look(tell, signal) {
  let waiting = true;
  const timer = setTimeout(async () => {
    if ((await permission())?.state === "prompt" && waiting) {
      tell(failure("PERMISSION_UNDECIDED"));
    }
  }, UNDECIDED_MS);
  try {
    await status({ signal });
  } finally {
    waiting = false;
    clearTimeout(timer);
  }
}

async function keepWatching(tell, signal) {
  while (!signal.aborted) {
    const began = performance.now();
    try {
      await look(tell, signal);
      await follow(tell, signal);
      if (performance.now() - began < LOOK_AGAIN_MS) {
        await delay(signal);
      }
    } catch (error) {
      tell(error);
      if (LASTING.includes(error.code)) {
        return;
      }
      await (PERMISSION_CODES.includes(error.code) ? permissionChanges(signal) : delay(signal));
    }
  }
}

/**
 * keepWatching, by one tab for all of the portal's that are open: browsers allow six connections to a
 * host. What only this page's own fault is, the others are not told.
 */
async function watchTogether(tell, signal) {
  if (!navigator.locks || !globalThis.BroadcastChannel) {
    return keepWatching(tell, signal);
  }
  const channel = new BroadcastChannel(SHARED);
  let leads = false;
  let last = null;
  const tellAll = (news) => {
    tell(news);
    if (!LASTING.includes(news.code)) {
      last = news instanceof Error ? { code: news.code, detail: news.detail } : news;
      channel.postMessage(last);
    }
  };
  channel.onmessage = ({ data }) => {
    if (!leads && data !== HELLO) {
      tell(data.code ? new PiradiError(data) : data);
    } else if (leads && data === HELLO && last !== null) {
      channel.postMessage(last);
    }
  };
  channel.postMessage(HELLO);
  const lead = () => {
    leads = true;
    return keepWatching(tellAll, signal);
  };
  await navigator.locks.request(SHARED, { signal }, lead).catch(() => {});
  return channel.close();
}

/**
 * Calls back at once and on each change, with {pcsc, readers} or with a PiradiError that says why
 * nothing is known; goes on by itself when Piradi, the permission or the card comes.
 * @returns a function that ends it
 */
export function watch(callback, { signal } = {}) {
  const stop = new AbortController();
  let last = null;
  const tell = (news) => {
    const text = news instanceof Error ? news.code : JSON.stringify(news);
    if (!stop.signal.aborted && text !== last) {
      last = text;
      callback(news);
    }
  };
  if (signal?.aborted) {
    stop.abort();
  }
  signal?.addEventListener("abort", () => stop.abort(), { once: true });
  watchTogether(tell, stop.signal);
  return () => stop.abort();
}
