// Two tabs, a tab that is closed, and a daemon that is killed.
// with-card: --log /dev/null
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { openBrowser } from './browser.mjs';
import { clickLogin, openPortal, problem, waitForCard } from './citizen.mjs';
import { press, promptGone, promptIsOpen, promptSays } from './prompt.mjs';

async function begin(t) {
  const browser = await openBrowser();
  t.after(() => browser.close());
  await openPortal(browser.page);
  await waitForCard(browser.page);
  await clickLogin(browser.page);
  await promptSays(/PIN/);
  return browser;
}

test('a second tab is told BUSY and opens no second window', { timeout: 180_000 }, async (t) => {
  const { context, page } = await begin(t);
  const second = await context.newPage();
  await openPortal(second);
  await clickLogin(second);
  assert.equal((await problem(second)).code, 'BUSY');
  await page.bringToFront();
  await press('Escape');
  assert.equal((await problem(page)).code, 'USER_CANCELLED');
});

test('the tab is closed: the prompt goes away', { timeout: 180_000 }, async (t) => {
  const { context, page } = await begin(t);
  await context.newPage(); // so that the browser stays
  await page.close();
  await promptGone();
  assert.equal(await promptIsOpen(), false);
});

test('the agent is killed: the prompt goes away and the page says that the program is not there', { timeout: 180_000 },
  async (t) => {
    const { page } = await begin(t);
    process.kill(Number(process.env.AGENT_PID), 'SIGKILL');
    assert.match((await problem(page)).code, /^(AGENT_ABSENT|INTERNAL|PROMPT_UNAVAILABLE)$/);
    await promptGone();
  });
