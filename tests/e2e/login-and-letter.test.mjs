// The whole way: log in with the card, write a letter, see it, sign it, find it on the portal; and look at what was stored.
// with-card: --log /dev/null
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { openBrowser, portalOrigin } from './browser.mjs';
import { letter, logIn, signLetter, writeLetter } from './citizen.mjs';

async function download(page) {
  await page.goto(`${portalOrigin}/letters`);
  const href = await page.locator('tr[data-state="sent"] a[href$="signed.pdf"]').first().getAttribute('href');
  const bytes = await page.evaluate(async (url) => {
    const answer = await fetch(url);
    return answer.ok ? [...new Uint8Array(await answer.arrayBuffer())] : null;
  }, href);
  assert.notEqual(bytes, null);
  const path = join(process.env.PORTAL_STATE, 'stored.pdf');
  writeFileSync(path, Buffer.from(bytes));
  return path;
}

test('a citizen logs in, writes a letter, signs it and finds it sent', { timeout: 300_000 }, async (t) => {
  const browser = await openBrowser();
  t.after(() => browser.close());

  const name = await logIn(browser.page);
  t.diagnostic(`logged in: ${name}`);
  assert.match(name, /[\u10D0-\u10FA]{2,}/);

  await writeLetter(browser.page);
  t.diagnostic('letter composed and shown');
  await signLetter(browser.page);
  t.diagnostic('letter signed and sent');

  const path = await download(browser.page);
  const report = execFileSync('pdfsig', ['-nocert', path], { encoding: 'utf8' });
  t.diagnostic(report.replaceAll('\n', ' '));
  assert.match(report, /Signature Validation: Signature is Valid\./);
  assert.match(report, /Total document signed/);
  assert.equal((report.match(/^Signature #/gm) ?? []).length, 1);
  assert.match(execFileSync('pdftotext', [path, '-'], { encoding: 'utf8' }), new RegExp(letter.subject));
});
