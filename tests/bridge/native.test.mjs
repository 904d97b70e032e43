// piradi-native-host as a real Chromium starts it, for an extension that speaks as the Web eID extension does; the
// agent is the test's. The page needs no permission and no popup here: the browser vouches for its origin.
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';

import { ORIGIN, environment, home, openBrowserWith, tellAgent } from './stage.mjs';

const NONCE = 'n'.repeat(44);
const TOKEN = { unverifiedCertificate: 'MIIB', algorithm: 'RS256', signature: 'AAAA', format: 'web-eid:1.0', appVersion: 'x' };
const extension = join(home, 'extension');
const profile = join(home, 'profile');

// Chromium derives an extension's id from its key.
function makeExtension() {
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'der' });
  const digest = createHash('sha256').update(key).digest('hex').slice(0, 32);
  mkdirSync(extension);
  for (const file of ['background.js', 'content.js']) {
    copyFileSync(new URL(`extension/${file}`, import.meta.url), join(extension, file));
  }
  writeFileSync(join(extension, 'manifest.json'), JSON.stringify({
    manifest_version: 3, name: 'Test', version: '1', key: key.toString('base64'), permissions: ['nativeMessaging'],
    background: { service_worker: 'background.js' },
    content_scripts: [{ matches: ['https://*/*'], js: ['content.js'], run_at: 'document_start' }],
  }));
  return `chrome-extension://${digest.replace(/./g, (digit) => String.fromCharCode(97 + parseInt(digit, 16)))}/`;
}

function know(id) {
  mkdirSync(join(profile, 'NativeMessagingHosts'), { recursive: true });
  writeFileSync(join(profile, 'NativeMessagingHosts/eu.webeid.json'), JSON.stringify({
    name: 'eu.webeid', description: 'Piradi', type: 'stdio', allowed_origins: [id],
    path: join(process.env.PIRADI_BUILD, 'bin/piradi-native-host'),
  }));
}

let id;

before(() => {
  id = makeExtension();
  know(id);
});

async function ask(t, command, extra = {}) {
  const context = await openBrowserWith(profile, {
    env: environment,
    ignoreDefaultArgs: ['--disable-extensions'],
    args: [`--disable-extensions-except=${extension}`, `--load-extension=${extension}`],
  });
  t.after(() => context.close());
  if (context.serviceWorkers().length === 0) await context.waitForEvent('serviceworker');
  const page = await context.newPage();
  await page.goto(`${ORIGIN}/`);
  const answer = await page.evaluate((question) => new Promise((resolve) => {
    window.addEventListener('message', ({ data }) => { if (data.answer) resolve(data.answer); });
    window.postMessage({ ask: question });
  }), { command, extra });
  await context.close();
  return answer;
}

test('an extension that the administrator does not know gets nothing', async (t) => {
  const { heard, error } = await ask(t, 'quit');
  assert.deepEqual(heard, []);
  assert.match(error, /exited/);
});

test('a login: the origin is the browser\'s word', async (t) => {
  writeFileSync(join(home, 'etc/extensions.conf'), `[extension]\nid = ${id}\n`, { mode: 0o600 });
  const asked = [];
  await tellAgent(t, ({ request, say }) => { asked.push(request); say({ status: 'OK', token: TOKEN }); });
  const { heard } = await ask(t, 'authenticate', { challengeNonce: NONCE });
  assert.match(heard[0].version, /^2\./);
  assert.deepEqual(heard[1], TOKEN);
  assert.deepEqual(asked, [{ command: 'authenticate', origin: ORIGIN, nonce: NONCE }]);
});

test('the version handshake that ends with quit, and a hash that is not signed', async (t) => {
  assert.deepEqual((await ask(t, 'quit')).heard[1], {});
  assert.match((await ask(t, 'get-signing-certificate')).heard[1].error.message, /^POLICY_REFUSED/);
});
