// What a test of piradi.js in a real Chromium stands on: a portal at an address that the browser takes for public, so
// that its loopback rule is in force, the real bridge, and the real agent or a told one (no card: that is tests/e2e's).
// Run through scripts/in-namespace.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { connect, createServer as createSocketServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';

export const ORIGIN = 'https://portal.piradi.test';
const ADDRESS = '127.0.0.1:8443';
const ALLOWED = "connect-src http://127.0.0.1:27310";

export const home = mkdtempSync(join(tmpdir(), 'piradi-bridge-browser-'));
export const environment = { ...process.env, XDG_RUNTIME_DIR: join(home, 'run'), PIRADI_CONFIG_DIR: join(home, 'etc'), TMPDIR: home,
  PIRADI_BRIDGE_HURRY: '3' };
let portal;
let browsers;
let shared;

function makeCertificate() {
  const [key, certificate] = [join(home, 'key.pem'), join(home, 'certificate.pem')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
    '-subj', '/CN=portal.piradi.test', '-addext', 'subjectAltName=DNS:portal.piradi.test', '-keyout', key,
    '-out', certificate], { stdio: 'ignore' });
  const spki = execFileSync('sh', ['-c', `openssl x509 -in "${certificate}" -pubkey -noout |
    openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary | base64`]).toString().trim();
  return { key: readFileSync(key), cert: readFileSync(certificate), spki };
}

// Any path but the modules' is an empty page, with the policy that its query names.
function servePortal({ key, cert }) {
  const modules = new Map(['/piradi.js', '/piradi-login.js'].map((path) =>
    [path, readFileSync(new URL(`../../browser-bridge/js${path}`, import.meta.url))]));
  const server = createServer({ key, cert }, (request, response) => {
    const url = new URL(request.url, ORIGIN);
    if (modules.has(url.pathname)) {
      response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(modules.get(url.pathname));
    } else {
      const policy = url.searchParams.get('policy') ?? ALLOWED;
      response.writeHead(200, { 'Content-Type': 'text/html', 'Content-Security-Policy': policy }).end('<!doctype html>');
    }
  });
  return new Promise((resolve) => { server.listen(8443, '127.0.0.1', () => resolve(server)); });
}

// Resolves once somebody listens there.
async function listens(address, program) {
  for (;;) {
    assert.equal(program.exitCode, null, 'it has ended');
    const there = await new Promise((resolve) => {
      const socket = connect(address).on('connect', () => { socket.destroy(); resolve(true); }).on('error', () => resolve(false));
    });
    if (there) return;
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
}

async function start(t, name, address) {
  const program = spawn(join(process.env.PIRADI_BUILD, 'bin', name), { env: environment, stdio: 'ignore' });
  const ended = new Promise((resolve) => { program.on('exit', resolve); });
  const stop = async () => { program.kill(); await ended; };
  t.after(stop);
  await listens(address, program);
  return stop;
}

export const startAgent = (t) => start(t, 'piradi-agent', { path: join(home, 'run/piradi/agent.sock') });
export const startBridge = (t) => start(t, 'piradi-bridge', { host: '127.0.0.1', port: 27310 });

// The body of a function of `piradi` as what a click on the page's one button does: its end, as a value or a code.
export const BUTTON = `
  const element = document.body.appendChild(document.createElement('button'));
  element.style.cssText = 'width: 200px; height: 100px';
  window.loaded = import('/piradi.js');
  window.outcome = new Promise((resolve) => {
    element.addEventListener('click', async () => {
      try {
        const piradi = await window.loaded;
        resolve(await new (async () => {}).constructor('piradi', body)(piradi));
      } catch (error) {
        resolve(error.code ?? String(error));
      }
    });
  });`;

export async function openPage(t, { policy, granted = true, ...options } = {}) {
  shared ??= await browsers.launchMany();
  const { page, close } = await browsers.openContext(shared, { granted, ...options });
  t.after(close);
  await page.goto(policy ? `${ORIGIN}/?policy=${encodeURIComponent(policy)}` : `${ORIGIN}/`);
  return page;
}

// What status() gives on the page: a value, or the code of its error.
export function status(page) {
  return page.evaluate(async () => {
    const piradi = await import('/piradi.js');
    return piradi.status().catch((error) => error.code ?? String(error));
  });
}

export function allowOrigin(origin, more = '') {
  writeFileSync(join(home, 'etc/portals/portal.conf'),
    `[portal]\norigin = ${origin}\nname.ka = პორტალი\nname.en = Portal\nmay = authenticate sign\n${more}`, { mode: 0o600 });
}

before(async () => {
  mkdirSync(join(home, 'run'), { mode: 0o700 });
  mkdirSync(join(home, 'etc/portals'), { recursive: true });
  allowOrigin(ORIGIN);
  const certificate = makeCertificate();
  portal = await servePortal(certificate);
  Object.assign(process.env, { PORTAL_ORIGIN: ORIGIN, PORTAL_ADDRESS: ADDRESS, PORTAL_SPKI: certificate.spki });
  browsers = await import('../e2e/browser.mjs');
});

after(async () => {
  await shared?.close();
  portal.closeAllConnections();
  portal.close();
  rmSync(home, { recursive: true });
});

// The agent's end of docs/protocols.md, as the test tells it: tell({request, document, say, give, closed}) for each
// request but status and watch; `closed` resolves when the bridge has hung up.
export async function tellAgent(t, tell) {
  const path = join(home, 'run/piradi/agent.sock');
  const frame = (kind, payload) => {
    const head = Buffer.alloc(5);
    head.writeUInt32BE(payload.length);
    head[4] = kind.charCodeAt(0);
    return Buffer.concat([head, payload]);
  };
  const sockets = new Set();
  const server = createSocketServer((socket) => {
    sockets.add(socket);
    let pending = Buffer.alloc(0);
    let request = null;
    const document = [];
    const closed = new Promise((resolve) => { socket.on('close', resolve); });
    const say = (value) => socket.write(frame('J', Buffer.from(JSON.stringify(value))));
    const give = (content) => socket.write(frame('D', content));
    const begin = () => {
      if (request.command === 'status') say({ status: 'OK', version: '0.1.0', readers: [] });
      else if (request.command === 'watch') say({ event: 'readers', readers: [] });
      else tell({ request, document: Buffer.concat(document), say, give, closed });
    };
    socket.on('error', () => {}).on('data', (bytes) => {
      pending = Buffer.concat([pending, bytes]);
      while (pending.length >= 5 && pending.length >= 5 + pending.readUInt32BE(0)) {
        const payload = pending.subarray(5, 5 + pending.readUInt32BE(0));
        if (pending[4] === 'J'.charCodeAt(0)) request = JSON.parse(payload);
        else document.push(payload);
        pending = pending.subarray(5 + payload.length);
        const received = document.reduce((sum, piece) => sum + piece.length, 0);
        if (received === (request.size ?? 0)) begin();
      }
    });
  });
  mkdirSync(join(home, 'run/piradi'), { recursive: true, mode: 0o700 });
  rmSync(path, { force: true });
  await new Promise((resolve) => { server.listen(path, resolve); });
  t.after(() => {
    server.close();
    sockets.forEach((socket) => socket.destroy());
  });
}

// A browser on that profile, as the caller wants it; the portal is where it always is.
export function openBrowserWith(profile, options) {
  return browsers.launch(profile, options);
}
