// The same login when the person has not allowed the page to reach programs on the computer: the browser's rule is
// really in force here, so nothing may happen, and the page must say why.
// with-card: --log /dev/null
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { openBrowser } from './browser.mjs';
import { clickLogin, openPortal, problem } from './citizen.mjs';
import { promptIsOpen } from './prompt.mjs';

test('without the grant the page cannot reach the bridge and says so', { timeout: 120_000 }, async (t) => {
  const browser = await openBrowser({ granted: false });
  t.after(() => browser.close());
  await openPortal(browser.page);
  await clickLogin(browser.page);
  const { code, text } = await problem(browser.page);
  assert.match(code, /^PERMISSION_(DENIED|UNDECIDED)$/);
  assert.match(text, /[\u10D0-\u10FA]/);
  assert.equal(await promptIsOpen(), false);
});
