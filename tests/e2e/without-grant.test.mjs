// The same login when the person has not allowed the page to reach programs on the computer. The browser's rule is really
// in force here: by itself the page reaches nothing and must say why; through the bridge's own popup the login goes on.
// with-card: --log /dev/null
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { openBrowser } from './browser.mjs';
import { clickLogin, openPortal, pins, problem, signLetter, waitForCard, writeLetter } from './citizen.mjs';
import { enterPin, promptGone, promptIsOpen, promptSays } from './prompt.mjs';

test('without the grant and without popups the page cannot reach the bridge and says so', { timeout: 120_000 }, async (t) => {
  const browser = await openBrowser({ granted: false });
  t.after(() => browser.close());
  await openPortal(browser.page);
  await browser.page.evaluate(() => { window.open = () => null; }); // as a browser that blocks popups
  await clickLogin(browser.page);
  const { code, text } = await problem(browser.page);
  assert.match(code, /^PERMISSION_(DENIED|UNDECIDED)$/);
  assert.match(text, /[\u10D0-\u10FA]/);
  assert.equal(await promptIsOpen(), false);
});

test('without the grant login and signature go by the bridge\'s popup', { timeout: 240_000 }, async (t) => {
  const browser = await openBrowser({ granted: false });
  t.after(() => browser.close());
  await openPortal(browser.page);
  await waitForCard(browser.page, 'absent'); // the page has heard the browser's no
  await clickLogin(browser.page);
  await promptSays(/portal\.piradi\.test/);
  await enterPin(pins.authentication);
  await browser.page.waitForSelector('#citizen:not(:empty)', { timeout: 60_000 });
  await promptGone();
  await writeLetter(browser.page);
  await signLetter(browser.page);
});
