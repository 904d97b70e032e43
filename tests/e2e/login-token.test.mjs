// The login token of the real card, as a page gets it, against a check of it that shares nothing with ours (check-token).
// with-card: --log /dev/null
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { openBrowser, portalOrigin } from './browser.mjs';
import { openPortal, pins, waitForCard } from './citizen.mjs';
import { enterPin, promptGone, promptSays } from './prompt.mjs';

const program = fileURLToPath(new URL('check-token', import.meta.url));

function check(token, { origin = portalOrigin, nonce }) {
  const { status, stdout, stderr } = spawnSync('/usr/bin/python3', [program, origin, nonce, process.env.SPECIMEN_TRUST],
    { input: JSON.stringify(token), encoding: 'utf8' });
  return { accepted: status === 0, said: stdout.trim() || stderr.trim().split('\n').at(-1) };
}

test('a portal of any maker accepts it, and nothing that differs', { timeout: 180_000 }, async (t) => {
  const browser = await openBrowser();
  t.after(() => browser.close());
  const { page } = browser;
  await openPortal(page);
  await waitForCard(page);
  const nonce = randomBytes(33).toString('base64');
  const given = page.evaluate(async (value) => (await import('/piradi.js')).authenticate(value), nonce);
  await promptSays(/portal\.piradi\.test/);
  await enterPin(pins.authentication);
  const token = await given;
  await promptGone();

  const { accepted, said } = check(token, { nonce });
  assert.equal(accepted, true, said);
  assert.match(said, /^[\u10D0-\u10FA ]+$/);
  t.diagnostic(`${token.format}, ${token.algorithm}: ${said}`);
  assert.equal(check(token, { nonce: randomBytes(33).toString('base64') }).accepted, false);
  assert.equal(check(token, { nonce, origin: `${portalOrigin}:8443` }).accepted, false);
  const signature = Buffer.from(token.signature, 'base64');
  signature[0] ^= 1;
  assert.equal(check({ ...token, signature: signature.toString('base64') }, { nonce }).accepted, false);
  assert.equal(check({ ...token, algorithm: 'RS384' }, { nonce }).accepted, false);
});
