// What is missing is named, and the page goes on by itself when it comes.
// with-card: --log /dev/null
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { openBrowser } from './browser.mjs';
import { card, clickLogin, logIn, openPortal, pcscd, pins, problem, waitForCard } from './citizen.mjs';
import { enterPin, press, promptGone, promptIsOpen, promptSays } from './prompt.mjs';

async function begin(t) {
  const browser = await openBrowser();
  t.after(() => browser.close());
  await openPortal(browser.page);
  return browser.page;
}

test('no card: the page asks for it, and goes on by itself when it is put in', { timeout: 180_000 },
  async (t) => {
    const page = await begin(t);
    await waitForCard(page);
    await card('remove');
    await waitForCard(page, 'no-card');
    await clickLogin(page);
    await page.waitForFunction(() => document.getElementById('progress').textContent.includes('ჩადეთ'));
    assert.equal(await promptIsOpen(), false);
    await card('insert');
    await promptSays(/PIN/);
    await enterPin(pins.authentication);
    await page.waitForSelector('#citizen:not(:empty)', { timeout: 60_000 });
  });

test('the card is pulled while the PIN is asked: CARD_REMOVED, and the next login works', { timeout: 180_000 },
  async (t) => {
    const page = await begin(t);
    await waitForCard(page);
    await clickLogin(page);
    await promptSays(/PIN/);
    await card('remove');
    assert.equal((await problem(page)).code, 'CARD_REMOVED');
    await press('Escape');
    await promptGone();
    await card('insert');
    assert.match(await logIn(page), /[\u10D0-\u10FA]/);
  });

test('the card service is not running: said so, and the page goes on when it starts', { timeout: 180_000 }, async (t) => {
  const page = await begin(t);
  await waitForCard(page);
  await pcscd('kill');
  await waitForCard(page, 'pcsc');
  await pcscd('start');
  await waitForCard(page);
  assert.match(await logIn(page), /[\u10D0-\u10FA]/);
});
