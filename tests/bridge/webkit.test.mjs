// piradi.js in a real WebKitGTK, driven over WebDriver: it lets no page reach the bridge, without a word, and the popup is
// the way. With the real bridge; the agent is the test's. Run through scripts/with-display.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

import { BUTTON, allowOrigin, startBridge, tellAgent } from './stage.mjs';

const PORTAL = 'https://portal.localhost:8443'; // a name that every resolver knows
const DRIVER = 'http://127.0.0.1:4444';
const MINI_BROWSER = process.env.MINI_BROWSER ?? '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser';
const TOKEN = { unverifiedCertificate: 'MIIB', algorithm: 'RS256', signature: 'AAAA', format: 'web-eid:1.0', appVersion: 'x' };
const LOGIN = `return piradi.authenticate('${'n'.repeat(44)}')`;
let driver;
let session;

// A command of WebDriver (W3C), whose answer is its value.
async function command(method, path, body) {
  const response = await fetch(`${DRIVER}${path}`, { method, body: body && JSON.stringify(body) });
  const { value } = await response.json();
  assert.equal(response.status, 200, `${path}: ${value?.error}: ${value?.message}`);
  return value;
}

const browse = (method, path, body) => command(method, `/session/${session}${path}`, body);
const evaluate = (script, ...args) => browse('POST', '/execute/sync', { script, args });
const settled = (promise) => browse('POST', '/execute/async', { script: `${promise}.then(arguments[0])`, args: [] });
const outcome = () => settled('window.outcome');

async function isReady() {
  return fetch(`${DRIVER}/status`).then((response) => response.ok, () => false);
}

before(async () => {
  allowOrigin(PORTAL);
  driver = spawn('WebKitWebDriver', ['--port=4444'], { stdio: 'ignore' });
  while (!await isReady()) {
    assert.equal(driver.exitCode, null, 'the driver has ended');
    await delay(20); // between two looks
  }
  const options = { binary: MINI_BROWSER, args: ['--automation'] };
  const capabilities = { alwaysMatch: { acceptInsecureCerts: true, 'webkitgtk:browserOptions': options } };
  session = (await command('POST', '/session', { capabilities })).sessionId;
});

after(async () => {
  await browse('DELETE', '');
  driver.kill();
});

async function click(body) {
  await browse('POST', '/url', { url: PORTAL });
  await evaluate(`const body = arguments[0]; ${BUTTON}`, body);
  await settled('window.loaded.then(() => null)');
  const button = await browse('POST', '/element', { using: 'css selector', value: 'button' });
  await browse('POST', `/element/${Object.values(button)[0]}/click`, {});
}

test('the page itself reaches nothing', async (t) => {
  await tellAgent(t, () => {});
  await startBridge(t);
  await click('return piradi.status()');
  assert.equal(await outcome(), 'AGENT_ABSENT');
});

test('a login goes by the popup, and the popup closes', async (t) => {
  const asked = [];
  await tellAgent(t, ({ request, say }) => { asked.push(request); say({ status: 'OK', token: TOKEN }); });
  await startBridge(t);
  await click(LOGIN);
  assert.deepEqual(await outcome(), TOKEN);
  assert.equal(asked[0].origin, PORTAL);
  while ((await browse('GET', '/window/handles')).length > 1) await delay(20); // it closes by itself
});

test('a document goes through the popup and comes back signed', async (t) => {
  await tellAgent(t, ({ request, document, say, give }) => {
    const signed = Buffer.concat([document, Buffer.from(` signed ${request.name}`)]);
    say({ status: 'OK', size: signed.length, signed_by: 'SPECIMEN' });
    give(signed);
  });
  await startBridge(t);
  await click("return (await piradi.sign(new Blob(['%PDF-1.7']), { name: 'წერილი.pdf' })).text()");
  assert.equal(await outcome(), '%PDF-1.7 signed წერილი.pdf');
});

test('a refusal comes back as what it is', async (t) => {
  await tellAgent(t, ({ say }) => say({ status: 'USER_CANCELLED' }));
  await startBridge(t);
  await click(LOGIN);
  assert.equal(await outcome(), 'USER_CANCELLED');
});
