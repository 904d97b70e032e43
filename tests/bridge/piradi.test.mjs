// piradi.js against a browser made of what it looks at: fetch, permissions, policy events, EventSource.
import assert from 'node:assert/strict';
import { createHash, webcrypto } from 'node:crypto';
import { afterEach, beforeEach, test } from 'node:test';

import { PiradiError, authenticate, certificate, sign, signHash, status, watch } from '../../browser-bridge/js/piradi.js';

globalThis.crypto ??= webcrypto; // Node 18 has it, but not there

const ORIGIN = 'https://portal.piradi.test';
const BRIDGE = 'http://127.0.0.1:27310';
const RUNNING = { agent_running: true, pcsc: true, readers: [{ card: 'present', contactless: false }] };
const STATUS = { api_versions: [1], agent_version: '0.1.0', ...RUNNING };
const REFUSED = new TypeError('Failed to fetch');

let permission;
let calls;
let answers;
let streams;
let popups;
let pageEvents;

// Answers of the bridge by "METHOD path": a value, a Response, an Error, or a function that gives one.
async function bridge(url, options = {}) {
  const path = url.slice(BRIDGE.length);
  const key = options.mode === 'no-cors' ? 'no-cors' : `${options.method} ${path}`;
  calls.push({ key, ...options });
  options.signal?.throwIfAborted();
  const given = answers[key];
  const answer = typeof given === 'function' ? await given(options) : given ?? REFUSED;
  if (answer instanceof Error) throw answer;
  return answer instanceof Response ? answer : Response.json(answer);
}

function problem(httpStatus, code, more = {}) {
  return () => Response.json({ type: 'about:blank', title: '', status: httpStatus, code, ...more }, { status: httpStatus });
}

class FakeEventSource extends EventTarget {
  constructor(url) {
    super();
    this.url = url;
    this.closed = false;
    streams.push(this);
  }

  close() {
    this.closed = true;
  }

  say(state) {
    this.dispatchEvent(new MessageEvent('readers', { data: JSON.stringify(state) }));
  }
}

function setPermission(state, names = ['loopback-network']) {
  permission = Object.assign(new EventTarget(), { state });
  const query = async ({ name }) => {
    if (!names.includes(name)) throw new TypeError(name);
    return permission;
  };
  const userActivation = { isActive: true };
  Object.defineProperty(globalThis, 'navigator', { value: { permissions: { query }, userActivation }, configurable: true });
}

function changePermission(state) {
  permission.state = state;
  permission.dispatchEvent(new Event('change'));
}

function violate(blockedURI) {
  document.dispatchEvent(Object.assign(new Event('securitypolicyviolation'), { blockedURI, disposition: 'enforce' }));
}

// The popup's end, as the test plays it: what it was told, and what it says.
class FakePopup {
  constructor() {
    this.closed = false;
    this.told = [];
  }

  postMessage(message, target) {
    this.told.push([target, message]);
  }

  close() {
    this.closed = true;
  }

  say(data, { origin = BRIDGE, source = this } = {}) {
    pageEvents.dispatchEvent(Object.assign(new Event('message'), { data, origin, source }));
  }

  last() {
    return this.told.at(-1)[1];
  }
}

// What the watch has told so far, and what it tells next.
function listen(options) {
  const told = [];
  let wake = () => {};
  const stop = watch((news) => {
    told.push(news instanceof Error ? news.code : news);
    wake();
  }, options);
  const reaches = async (count) => {
    while (told.length < count) await new Promise((resolve) => { wake = resolve; });
    return told[count - 1];
  };
  return { told, stop, reaches };
}

async function turns(count = 50) {
  for (let i = 0; i < count; i += 1) await Promise.resolve();
}

// A clock that stands still until the test moves it.
const real = { setTimeout, clearTimeout, setInterval, clearInterval, now: performance.now };
// By definition, as Node 18 forbids assigning it.
const setNow = (value) => Object.defineProperty(performance, 'now', { value, configurable: true });
let clock;
let timers;

function stopClock() {
  clock = 0;
  timers = new Map();
  setNow(() => clock);
  globalThis.setTimeout = (callback, delay) => {
    const id = { callback, due: clock + delay };
    timers.set(id, id);
    return id;
  };
  globalThis.clearTimeout = (id) => timers.delete(id);
  globalThis.setInterval = (callback, period) => {
    const id = { due: clock + period };
    id.callback = () => {
      id.due += period;
      timers.set(id, id);
      callback();
    };
    timers.set(id, id);
    return id;
  };
  globalThis.clearInterval = (id) => timers.delete(id);
}

function tick(milliseconds) {
  clock += milliseconds;
  for (const timer of [...timers.values()].filter(({ due }) => due <= clock)) {
    timers.delete(timer);
    timer.callback();
  }
}

afterEach(() => {
  globalThis.setTimeout = real.setTimeout;
  globalThis.clearTimeout = real.clearTimeout;
  globalThis.setInterval = real.setInterval;
  globalThis.clearInterval = real.clearInterval;
  setNow(real.now);
});

beforeEach(() => {
  calls = [];
  streams = [];
  answers = { 'GET /v1/status': STATUS };
  globalThis.fetch = bridge;
  globalThis.isSecureContext = true;
  globalThis.document = new EventTarget();
  globalThis.location = { origin: ORIGIN };
  globalThis.EventSource = FakeEventSource;
  popups = [];
  pageEvents = new EventTarget();
  globalThis.addEventListener = pageEvents.addEventListener.bind(pageEvents);
  globalThis.removeEventListener = pageEvents.removeEventListener.bind(pageEvents);
  globalThis.open = (url) => {
    assert.equal(url, `${BRIDGE}/popup`);
    popups.push(new FakePopup());
    return popups.at(-1);
  };
  setPermission('granted');
});

// The lock and the channel of a portal's tabs: each tab is one `watch`.
function openTabs() {
  const channels = new Set();
  const waiting = [];
  let held = false;
  const grant = async () => {
    if (held || waiting.length === 0) return;
    const { callback, done, fail } = waiting.shift();
    held = true;
    await callback().then(done, fail);
    held = false;
    grant();
  };
  navigator.locks = {
    request: (name, { signal }, callback) => new Promise((done, fail) => {
      const entry = { callback, done, fail };
      waiting.push(entry);
      signal.addEventListener('abort', () => {
        if (waiting.includes(entry)) { waiting.splice(waiting.indexOf(entry), 1); fail(signal.reason); }
      });
      grant();
    }),
  };
  globalThis.BroadcastChannel = class {
    constructor() { channels.add(this); }
    close() { channels.delete(this); }
    postMessage(data) {
      channels.forEach((other) => { if (other !== this) other.onmessage?.({ data: structuredClone(data) }); });
    }
  };
  return channels;
}

test('a portal\'s tabs share one stream, and another tab takes it over', async () => {
  const channels = openTabs();
  const first = listen();
  await turns();
  streams[0].say(RUNNING);
  const state = { pcsc: true, readers: RUNNING.readers };
  assert.deepEqual(await first.reaches(1), state);
  const second = listen();
  assert.deepEqual(await second.reaches(1), state);
  await turns();
  assert.equal(streams.length, 1);
  streams[0].say({ ...RUNNING, pcsc: false });
  assert.equal((await second.reaches(2)).pcsc, false);
  streams[0].say({ ...RUNNING, agent_running: false });
  assert.equal(await second.reaches(3), 'AGENT_ABSENT');
  first.stop();
  await turns();
  assert.equal(streams.length, 2);
  assert.equal(streams[0].closed, true);
  streams[1].say(RUNNING);
  assert.deepEqual(await second.reaches(4), state);
  assert.equal(first.told.length, 3);
  second.stop();
  await turns();
  assert.equal(channels.size, 0);
});

test('a tab whose own fault it is leaves the stream to the others', async () => {
  openTabs();
  globalThis.isSecureContext = false;
  const first = listen();
  const second = listen();
  assert.equal(await first.reaches(1), 'NOT_SECURE');
  globalThis.isSecureContext = true;
  await turns();
  streams[0].say(RUNNING);
  assert.deepEqual(await second.reaches(1), { pcsc: true, readers: RUNNING.readers });
  assert.deepEqual(first.told, ['NOT_SECURE']);
  first.stop();
  second.stop();
});

test('a portal that signs its requests', async () => {
  const asked = [];
  const authorize = async (request) => { asked.push(request); return `jws ${asked.length}`; };
  answers['POST /v1/documents'] = () => Response.json({ document: 'abc' }, { status: 201 });
  answers['POST /v1/sign'] = () => new Response('signed');
  await sign(new Blob(['%PDF']), { name: 'a', authorize });
  assert.deepEqual(calls.slice(1).map(({ headers }) => headers['Piradi-Signature']), ['jws 1', 'jws 2']);
  assert.equal('Piradi-Signature' in calls[0].headers, false);
  const digest = (text) => createHash('sha256').update(text).digest('hex');
  assert.deepEqual(asked, [
    { method: 'POST', path: '/v1/documents', origin: ORIGIN, sha256: digest('%PDF') },
    { method: 'POST', path: '/v1/sign', origin: ORIGIN, sha256: digest(calls[2].body) },
  ]);
  await assert.rejects(authenticate('n', { authorize: () => Promise.reject(new Error('no')) }), { message: 'no' });
});

test('certificate and hash', async () => {
  answers['POST /v1/certificate'] = { certificate: 'MIIB', chain: [], algorithm: 'RS256' };
  answers['POST /v1/sign-hash'] = { signature: 'AAAA', algorithm: 'RS256' };
  const { certificate: signer } = await certificate();
  assert.deepEqual(await signHash('aGFzaA==', { hashFunction: 'SHA-256', certificate: signer }),
    { signature: 'AAAA', algorithm: 'RS256' });
  assert.deepEqual(JSON.parse(calls.at(-1).body), { hash: 'aGFzaA==', hash_function: 'SHA-256', certificate: 'MIIB' });
});

test('status', async () => {
  assert.deepEqual(await status(), { pcsc: true, readers: RUNNING.readers, agentVersion: '0.1.0' });
  assert.equal(calls[0].credentials, 'omit');
  assert.deepEqual(calls[0].headers, {});
});

test('authenticate gives the token', async () => {
  answers['POST /v1/authenticate'] = { format: 'web-eid:1.0' };
  assert.deepEqual(await authenticate('n'.repeat(44)), { format: 'web-eid:1.0' });
  const { body, headers } = calls.at(-1);
  assert.deepEqual(JSON.parse(body), { nonce: 'n'.repeat(44) });
  assert.deepEqual(headers, { 'Content-Type': 'application/json' });
});

test('sign uploads, then signs', async () => {
  answers['POST /v1/documents'] = () => Response.json({ document: 'abc' }, { status: 201 });
  answers['POST /v1/sign'] = () => new Response('signed', { headers: { 'Content-Type': 'application/pdf' } });
  const signed = await sign(new Blob(['%PDF']), { name: 'წერილი.pdf' });
  assert.equal(await signed.text(), 'signed');
  assert.deepEqual(calls.map(({ key }) => key), ['GET /v1/status', 'POST /v1/documents', 'POST /v1/sign']);
  assert.equal(calls[1].headers['Content-Type'], 'application/pdf');
  assert.deepEqual(JSON.parse(calls[2].body), { document: 'abc', name: 'წერილი.pdf', format: 'pades', level: 'B' });
});

test('a problem becomes a PiradiError', async () => {
  answers['POST /v1/authenticate'] = problem(409, 'PIN_BLOCKED', { detail: 'no tries', tries_left: 0, holder: 'x' });
  await assert.rejects(authenticate('n'), (error) => error instanceof PiradiError && error.code === 'PIN_BLOCKED'
    && error.detail === 'no tries' && error.triesLeft === 0 && error.holder === 'x');
  answers['POST /v1/authenticate'] = problem(429, 'TOO_MANY_REQUESTS', { retry_after_s: 7 });
  await assert.rejects(authenticate('n'), { code: 'TOO_MANY_REQUESTS', retryAfter: 7 });
  answers['POST /v1/authenticate'] = problem(500, 'INTERNAL', { incident: '0a0b0c0d' });
  await assert.rejects(authenticate('n'), { code: 'INTERNAL', incident: '0a0b0c0d' });
});

test('nothing is asked of the person before the bridge is known to be there', async () => {
  answers['GET /v1/status'] = REFUSED;
  await assert.rejects(authenticate('n'), { code: 'AGENT_ABSENT' });
  await assert.rejects(sign(new Blob(['a']), { name: 'a' }), { code: 'AGENT_ABSENT' });
  assert.deepEqual(calls.filter(({ method }) => method === 'POST'), []);
});

test('the bridge without the agent', async () => {
  answers['GET /v1/status'] = { ...STATUS, agent_running: false, agent_version: null, pcsc: false, readers: [] };
  await assert.rejects(status(), { code: 'AGENT_ABSENT' });
});

test('the page is not secure', async () => {
  globalThis.isSecureContext = false;
  await assert.rejects(status(), { code: 'NOT_SECURE' });
  assert.deepEqual(calls, []);
});

test('permission denied', async () => {
  setPermission('denied');
  answers['GET /v1/status'] = REFUSED;
  await assert.rejects(status(), { code: 'PERMISSION_DENIED' });
});

test('the older name of the permission', async () => {
  setPermission('denied', ['local-network-access']);
  answers['GET /v1/status'] = REFUSED;
  await assert.rejects(status(), { code: 'PERMISSION_DENIED' });
});

test('a browser without the permission', async () => {
  setPermission('denied', []);
  answers['GET /v1/status'] = REFUSED;
  await assert.rejects(status(), { code: 'AGENT_ABSENT' });
});

test('undecided: a question dismissed is told from a connection refused', async () => {
  stopClock();
  setPermission('prompt');
  answers['GET /v1/status'] = REFUSED;
  await assert.rejects(status(), { code: 'AGENT_ABSENT' });
  answers['GET /v1/status'] = () => {
    clock += 3000;
    return REFUSED;
  };
  await assert.rejects(status(), { code: 'PERMISSION_UNDECIDED' });
  assert.equal(calls.some(({ key }) => key === 'no-cors'), false, 'nothing that would ask again');
});

test('the first fetch after Allow may fail, and is retried once', async () => {
  setPermission('prompt');
  let asked = 0;
  answers['GET /v1/status'] = () => {
    asked += 1;
    permission.state = 'granted';
    return asked === 1 ? REFUSED : STATUS;
  };
  assert.equal((await status()).pcsc, true);
  assert.equal(asked, 2);
  asked = 0;
  setPermission('prompt');
  answers['GET /v1/status'] = () => {
    asked += 1;
    permission.state = 'granted';
    return REFUSED;
  };
  await assert.rejects(status(), { code: 'AGENT_ABSENT' });
  assert.equal(asked, 2);
});

test('blocked by the page\'s own policy', async () => {
  answers['GET /v1/status'] = () => {
    violate(`${BRIDGE}/v1/status`);
    return REFUSED;
  };
  await assert.rejects(status(), { code: 'BLOCKED_BY_POLICY' });
  answers['GET /v1/status'] = () => {
    violate('https://elsewhere.example/');
    return REFUSED;
  };
  await assert.rejects(status(), { code: 'AGENT_ABSENT' });
});

test('another program in the bridge\'s place', async () => {
  answers['GET /v1/status'] = REFUSED;
  answers['no-cors'] = {};
  await assert.rejects(status(), { code: 'PORT_TAKEN' });
  answers['GET /v1/status'] = { hello: 'world' };
  await assert.rejects(status(), { code: 'PORT_TAKEN' });
  answers['GET /v1/status'] = () => new Response('<html>', { status: 404 });
  await assert.rejects(status(), { code: 'PORT_TAKEN' });
  answers['GET /v1/status'] = () => new Response('<html>');
  await assert.rejects(status(), { code: 'PORT_TAKEN' });
});

test('a bridge of another version', async () => {
  answers['GET /v1/status'] = { ...STATUS, api_versions: [2, 3] };
  await assert.rejects(status(), { code: 'VERSION_UNSUPPORTED' });
});

test('what is aborted is rejected with the signal\'s reason', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  answers['POST /v1/authenticate'] = () => {
    controller.abort(reason);
    return REFUSED;
  };
  await assert.rejects(authenticate('n', { signal: controller.signal }), reason);
  await assert.rejects(status({ signal: AbortSignal.abort(reason) }), reason);
});

test('watch tells at once and on each change, and no more once it is stopped', async () => {
  const { told, stop, reaches } = listen();
  await turns();
  streams[0].say(RUNNING);
  assert.deepEqual(await reaches(1), { pcsc: true, readers: RUNNING.readers });
  streams[0].say(RUNNING);
  streams[0].say({ ...RUNNING, readers: [] });
  assert.deepEqual(await reaches(2), { pcsc: true, readers: [] });
  streams[0].say({ ...RUNNING, agent_running: false });
  assert.equal(await reaches(3), 'AGENT_ABSENT');
  stop();
  await turns();
  assert.equal(streams[0].closed, true);
  streams[0].say(RUNNING);
  assert.equal(told.length, 3);
});

test('watch goes on by itself when the bridge comes back', async () => {
  stopClock();
  const { stop, reaches } = listen();
  await turns();
  streams[0].say(RUNNING);
  await reaches(1);
  answers['GET /v1/status'] = REFUSED;
  streams[0].dispatchEvent(new Event('error'));
  await turns();
  tick(2000);
  assert.equal(await reaches(2), 'AGENT_ABSENT');
  assert.equal(streams[0].closed, true);
  answers['GET /v1/status'] = STATUS;
  await turns();
  tick(2000);
  await turns();
  streams[1].say(RUNNING);
  assert.deepEqual(await reaches(3), { pcsc: true, readers: RUNNING.readers });
  stop();
});

test('watch does not ask again while the person has not allowed it', async () => {
  stopClock();
  setPermission('denied');
  answers['GET /v1/status'] = REFUSED;
  const { stop, reaches } = listen();
  assert.equal(await reaches(1), 'PERMISSION_DENIED');
  await turns();
  const asked = calls.length;
  tick(60_000);
  await turns();
  assert.equal(calls.length, asked);
  answers['GET /v1/status'] = STATUS;
  changePermission('granted');
  await turns();
  streams[0].say(RUNNING);
  assert.deepEqual(await reaches(2), { pcsc: true, readers: RUNNING.readers });
  stop();
});

test('watch says that the browser is asking', async () => {
  stopClock();
  setPermission('prompt');
  let allow;
  answers['GET /v1/status'] = () => new Promise((resolve) => { allow = () => resolve(STATUS); });
  const { stop, reaches } = listen();
  await turns();
  tick(1000);
  assert.equal(await reaches(1), 'PERMISSION_UNDECIDED');
  allow();
  await turns();
  streams[0].say(RUNNING);
  assert.deepEqual(await reaches(2), { pcsc: true, readers: RUNNING.readers });
  stop();
});

test('watch gives up where only another page could help', async () => {
  stopClock();
  globalThis.isSecureContext = false;
  const { told, reaches } = listen();
  assert.equal(await reaches(1), 'NOT_SECURE');
  globalThis.isSecureContext = true;
  await turns();
  tick(60_000);
  await turns();
  assert.deepEqual(told, ['NOT_SECURE']);
  assert.deepEqual(calls, []);
});

test('watch ends with its caller\'s signal', async () => {
  const controller = new AbortController();
  listen({ signal: controller.signal });
  await turns();
  controller.abort();
  await turns();
  assert.equal(streams[0].closed, true);
});

// Lets the popup open and greets it: the promise of the outcome, and the popup.
async function inPopup(begin) {
  stopClock();
  const outcome = begin();
  outcome.catch(() => {}); // until the test looks at it
  await turns();
  tick(100);
  return { outcome, popup: popups[0] };
}

test('denied: the popup is greeted until it answers, told once, and believed only from its own address', async () => {
  setPermission('denied');
  answers['GET /v1/status'] = REFUSED;
  const { outcome, popup } = await inPopup(() => authenticate('nonce'));
  tick(100);
  assert.deepEqual(popup.told.map(([target, { piradi }]) => [target, piradi]), [[BRIDGE, 'hello'], [BRIDGE, 'hello']]);
  const { id } = popup.last();
  const ready = { piradi: 'ready', id };
  const forged = { piradi: 'done', id, token: 'forged' };
  popup.say(forged, { origin: 'https://evil.example' });
  popup.say(forged, { source: {} });
  popup.say({ ...forged, id: 'other' });
  popup.say(ready);
  popup.say(ready);
  tick(1000);
  assert.deepEqual(popup.told.slice(2), [[BRIDGE, { piradi: 'authenticate', id, nonce: 'nonce', signed: false }]]);
  popup.say({ piradi: 'done', id, token: { format: 'web-eid:1.0' } });
  assert.deepEqual(await outcome, { format: 'web-eid:1.0' });
});

test('a document goes to the popup and comes back, or a problem does', async () => {
  setPermission('denied');
  answers['GET /v1/status'] = REFUSED;
  const given = new Blob(['%PDF']);
  for (const [answer, check] of [
    [{ piradi: 'done', document: 'signed' }, async (outcome) => assert.equal(await outcome, 'signed')],
    [{ piradi: 'failed', problem: { code: 'CARD_BUSY', holder: 'x' } },
      (outcome) => assert.rejects(outcome, { name: 'PiradiError', code: 'CARD_BUSY', holder: 'x' })],
  ]) {
    popups = [];
    const { outcome, popup } = await inPopup(() => sign(given, { name: 'a.pdf' }));
    const { id } = popup.last();
    popup.say({ piradi: 'ready', id });
    assert.deepEqual(popup.last(), { piradi: 'sign', id, name: 'a.pdf', document: given, signed: false });
    popup.say({ ...answer, id });
    await check(outcome);
  }
});

test('the popup is closed by the person, never answers, or the caller aborts', async () => {
  setPermission('denied');
  answers['GET /v1/status'] = REFUSED;
  const controller = new AbortController();
  const reason = new Error('enough');
  for (const [end, expected] of [
    [(popup) => {
      popup.say({ piradi: 'ready', id: popup.last().id });
      popup.closed = true;
      tick(100);
    }, { code: 'USER_CANCELLED' }],
    [(popup) => { popup.closed = true; tick(100); }, { code: 'PERMISSION_DENIED' }],
    [() => { tick(10_000); }, { code: 'AGENT_ABSENT' }],
    [() => controller.abort(reason), reason],
  ]) {
    popups = [];
    const { outcome, popup } = await inPopup(() => authenticate('nonce', { signal: controller.signal }));
    end(popup);
    await assert.rejects(outcome, expected);
    assert.equal(popup.closed, true);
  }
});

test('undecided for long: the popup, while the click still lets it open', async () => {
  stopClock();
  setPermission('prompt');
  answers['GET /v1/status'] = ({ signal }) => new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });
  const outcome = authenticate('nonce');
  await turns();
  tick(2900);
  await turns();
  assert.equal(popups.length, 0);
  tick(100);
  await turns();
  assert.equal(popups.length, 1);
  tick(100);
  popups[0].say({ piradi: 'done', id: popups[0].last().id, token: 'token' });
  assert.equal(await outcome, 'token');
});

test('no popup: not without a click, not where it is blocked, not where it would not help', async () => {
  setPermission('denied');
  answers['GET /v1/status'] = REFUSED;
  navigator.userActivation.isActive = false;
  await assert.rejects(authenticate('nonce'), { code: 'PERMISSION_DENIED' });
  assert.equal(popups.length, 0);
  navigator.userActivation.isActive = true;
  globalThis.open = () => null;
  await assert.rejects(authenticate('nonce'), { code: 'PERMISSION_DENIED' });
  setPermission('granted');
  globalThis.open = () => assert.fail('a popup');
  await assert.rejects(authenticate('nonce'), { code: 'AGENT_ABSENT' });
});

test('a browser that blocks without a word, as WebKit does: the popup opens before anything is fetched', async () => {
  setPermission('denied', []);
  const page = await import('../../browser-bridge/js/piradi.js?new'); // the bridge has not answered it yet
  const { outcome, popup } = await inPopup(() => page.authenticate('nonce'));
  assert.deepEqual(calls, []);
  popup.say({ piradi: 'done', id: popup.last().id, token: 'token' });
  assert.equal(await outcome, 'token');
});

test('a browser that has no such permission and blocks nothing goes directly, once the bridge has answered', async () => {
  setPermission('denied', []);
  const page = await import('../../browser-bridge/js/piradi.js?other');
  await page.status();
  answers['POST /v1/authenticate'] = { format: 'web-eid:1.0' };
  assert.deepEqual(await page.authenticate('nonce'), { format: 'web-eid:1.0' });
  assert.equal(popups.length, 0);
});
