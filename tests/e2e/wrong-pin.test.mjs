// with-card: --log /dev/null
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { openBrowser } from './browser.mjs';
import { clickLogin, logIn, openPortal, pins, problem, waitForCard, wrongPin } from './citizen.mjs';
import { enterPin, press, promptGone, promptSays } from './prompt.mjs';

async function begin(t) {
  const browser = await openBrowser();
  t.after(() => browser.close());
  await openPortal(browser.page);
  await waitForCard(browser.page);
  await clickLogin(browser.page);
  await promptSays(/portal\.piradi\.test/);
  return browser.page;
}

test('a wrong PIN: the prompt says so, says how many tries are left, and asks again', { timeout: 180_000 }, async (t) => {
  const page = await begin(t);
  await enterPin(wrongPin(pins.authentication));
  await promptSays(/2/);
  await enterPin(pins.authentication);
  await page.waitForSelector('#citizen:not(:empty)', { timeout: 60_000 });
});

test('the person says no: the page is told that and nothing else', { timeout: 180_000 }, async (t) => {
  const page = await begin(t);
  await press('Escape');
  assert.equal((await problem(page)).code, 'USER_CANCELLED');
  await promptGone();
});

test('the last try is announced before it is spent; then the PIN is blocked, and the page says so', { timeout: 180_000 },
  async (t) => {
    const page = await begin(t);
    await enterPin(wrongPin(pins.authentication));
    await promptSays(/2/);
    await enterPin(wrongPin(pins.authentication));
    await promptSays(/ბოლო|last/i);
    await enterPin(wrongPin(pins.authentication));
    assert.equal((await problem(page)).code, 'PIN_BLOCKED');
    await promptSays(/დაბლოკ|blocked/i);
    await press('Escape');
    await promptGone();
  });
