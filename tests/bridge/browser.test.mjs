// What piradi.js tells apart, in a real Chromium whose loopback rule is in force, with the real bridge and agent (no
// card: that is tests/e2e's). Run through scripts/in-namespace.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

const ORIGIN = 'https://portal.piradi.test';
const ADDRESS = '127.0.0.1:8443';
const ALLOWED = "connect-src http://127.0.0.1:27310";

const home = mkdtempSync(join(tmpdir(), 'piradi-bridge-browser-'));
const environment = { ...process.env, XDG_RUNTIME_DIR: join(home, 'run'), PIRADI_CONFIG_DIR: join(home, 'etc'), TMPDIR: home };
let portal;
let openBrowser;

function makeCertificate() {
  const [key, certificate] = [join(home, 'key.pem'), join(home, 'certificate.pem')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
    '-subj', '/CN=portal.piradi.test', '-addext', 'subjectAltName=DNS:portal.piradi.test', '-keyout', key,
    '-out', certificate], { stdio: 'ignore' });
  const spki = execFileSync('sh', ['-c', `openssl x509 -in "${certificate}" -pubkey -noout |
    openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary | base64`]).toString().trim();
  return { key: readFileSync(key), cert: readFileSync(certificate), spki };
}

// Any path but the module's is an empty page, with the policy that its query names.
function servePortal({ key, cert }) {
  const module = readFileSync(new URL('../../browser-bridge/js/piradi.js', import.meta.url));
  const server = createServer({ key, cert }, (request, response) => {
    const url = new URL(request.url, ORIGIN);
    if (url.pathname === '/piradi.js') {
      response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(module);
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

const startAgent = (t) => start(t, 'piradi-agent', { path: join(home, 'run/piradi/agent.sock') });
const startBridge = (t) => start(t, 'piradi-bridge', { host: '127.0.0.1', port: 27310 });

async function openPage(t, { policy, granted = true } = {}) {
  const { page, close } = await openBrowser({ granted });
  t.after(close);
  await page.goto(policy ? `${ORIGIN}/?policy=${encodeURIComponent(policy)}` : `${ORIGIN}/`);
  return page;
}

// What status() gives on the page: a value, or the code of its error.
function status(page) {
  return page.evaluate(async () => {
    const piradi = await import('/piradi.js');
    return piradi.status().catch((error) => error.code ?? String(error));
  });
}

before(async () => {
  mkdirSync(join(home, 'run'), { mode: 0o700 });
  mkdirSync(join(home, 'etc/portals'), { recursive: true });
  writeFileSync(join(home, 'etc/portals/portal.conf'),
    `[portal]\norigin = ${ORIGIN}\nname.ka = პორტალი\nname.en = Portal\nmay = authenticate sign\n`);
  chmodSync(join(home, 'etc/portals/portal.conf'), 0o600);
  const certificate = makeCertificate();
  portal = await servePortal(certificate);
  Object.assign(process.env, { PORTAL_ORIGIN: ORIGIN, PORTAL_ADDRESS: ADDRESS, PORTAL_SPKI: certificate.spki });
  ({ openBrowser } = await import('../e2e/browser.mjs'));
});

after(() => {
  portal.closeAllConnections();
  portal.close();
  rmSync(home, { recursive: true });
});

test('the bridge and the agent', async (t) => {
  await startAgent(t);
  await startBridge(t);
  const news = await status(await openPage(t));
  assert.deepEqual(news, { pcsc: false, readers: [], agentVersion: news.agentVersion });
  assert.match(news.agentVersion, /^\d+\./);
});

test('what has an effect goes by a preflight, and a refusal comes back as what it is', async (t) => {
  await startAgent(t);
  await startBridge(t);
  const page = await openPage(t);
  const code = await page.evaluate(async () => {
    const piradi = await import('/piradi.js');
    return piradi.authenticate('too short').then(() => 'a token', (error) => error.code);
  });
  assert.equal(code, 'NONCE_TOO_SHORT');
});

test('the bridge without the agent, and nothing at all', async (t) => {
  const stopBridge = await startBridge(t);
  const page = await openPage(t);
  assert.equal(await status(page), 'AGENT_ABSENT');
  await stopBridge();
  assert.equal(await status(page), 'AGENT_ABSENT');
});

test('started later, watch sees it', async (t) => {
  const page = await openPage(t);
  await page.evaluate(async () => {
    window.told = [];
    (await import('/piradi.js')).watch((news) => window.told.push(news.code ?? 'state'));
  });
  await page.waitForFunction(() => window.told.at(-1) === 'AGENT_ABSENT');
  await startAgent(t);
  const stopBridge = await startBridge(t);
  await page.waitForFunction(() => window.told.at(-1) === 'state');
  await stopBridge();
  await page.waitForFunction(() => window.told.at(-1) === 'AGENT_ABSENT');
});

test('not granted', async (t) => {
  await startAgent(t);
  await startBridge(t);
  assert.match(await status(await openPage(t, { granted: false })), /^PERMISSION_(DENIED|UNDECIDED)$/);
});

test('blocked by the page\'s own policy', async (t) => {
  await startBridge(t);
  assert.equal(await status(await openPage(t, { policy: "connect-src 'self'" })), 'BLOCKED_BY_POLICY');
});

test('another program on the port', async (t) => {
  const stranger = createHttpServer((request, response) => response.end('hello'));
  await new Promise((resolve) => { stranger.listen(27310, '127.0.0.1', resolve); });
  t.after(() => { stranger.closeAllConnections(); stranger.close(); });
  assert.equal(await status(await openPage(t)), 'PORT_TAKEN');
});

test('an origin that is not on the list learns nothing', async (t) => {
  writeFileSync(join(home, 'etc/portals/portal.conf'),
    '[portal]\norigin = https://other.piradi.test\nname.ka = პორტალი\nname.en = Portal\nmay = sign\n');
  await startBridge(t);
  assert.equal(await status(await openPage(t)), 'AGENT_ABSENT');
});
