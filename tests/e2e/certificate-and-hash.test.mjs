// What a portal may whose file says so: read the certificate that signs, and have a hash signed, each asked and shown for
// what it is; with the real card, agent and prompt.
// with-card: --log /dev/null
// with-portal: --may authenticate,sign,certificate,sign-hash
import assert from 'node:assert/strict';
import { X509Certificate, createHash, verify } from 'node:crypto';
import { test } from 'node:test';

import { openBrowser } from './browser.mjs';
import { openPortal, pins, waitForCard } from './citizen.mjs';
import { enterPin, press, promptGone, promptSays } from './prompt.mjs';

test('the certificate is given once the person agrees, and a hash is signed by its key', { timeout: 180_000 }, async (t) => {
  const browser = await openBrowser();
  t.after(() => browser.close());
  const { page } = browser;
  await openPortal(page);
  await waitForCard(page);

  const asked = page.evaluate(async () => (await import('/piradi.js')).certificate());
  await promptSays(/portal\.piradi\.test/);
  await press('Tab', 'Tab', 'space'); // by the keyboard alone; Return is not enough
  const { certificate, chain, algorithm } = await asked;
  await promptGone();
  const signer = new X509Certificate(Buffer.from(certificate, 'base64'));
  assert.ok(chain.length > 0);
  assert.equal(algorithm, 'RS256');

  const content = Buffer.from('what the person cannot be shown');
  const hash = createHash('sha256').update(content).digest('base64');
  const given = page.evaluate(async ([value, own]) =>
    (await import('/piradi.js')).signHash(value, { hashFunction: 'SHA-256', certificate: own }), [hash, certificate]);
  await promptSays(/portal\.piradi\.test/);
  await enterPin(pins.signature);
  const { signature } = await given;
  await promptGone();
  assert.equal(verify('sha256', content, signer.publicKey, Buffer.from(signature, 'base64')), true);
});
