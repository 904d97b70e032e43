// Takes the pictures of docs/screenshots: the portal's pages and the prompt's windows as a citizen meets them.
// tests/e2e/run knows only test files; run it with: tests/e2e/take-screenshots FOLDER
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { openBrowser, portalOrigin } from './browser.mjs';
import { clickLogin, letter, openPortal, pins, waitForCard, writeLetter } from './citizen.mjs';
import { clickLanguage, enterPin, promptGone, promptSays, windowScreenshot } from './prompt.mjs';

const folder = process.argv[2];
mkdirSync(folder, { recursive: true });

async function both(page, name) {
  for (const language of ['ka', 'en']) {
    if (await page.getAttribute('html', 'lang') !== language) await page.click('#language');
    await page.screenshot({ path: join(folder, `portal-${name}-${language}.png`) });
  }
}

async function bothPrompts(name, pattern) {
  await promptSays(pattern);
  for (const language of ['ქართული', 'English']) {
    await clickLanguage(language);
    await windowScreenshot(join(folder, `prompt-${name}-${language === 'English' ? 'en' : 'ka'}.png`));
  }
}

const { page, close } = await openBrowser({ viewport: { width: 1000, height: 760 } });
await openPortal(page);
await waitForCard(page);
await both(page, 'login');
await clickLogin(page);
await bothPrompts('login', /portal\.piradi\.test/);
await enterPin(pins.authentication);
await page.waitForSelector('#citizen:not(:empty)');
await promptGone();
await both(page, 'letters');
await writeLetter(page);
await both(page, 'letter');
await page.click('#sign');
await bothPrompts('sign', new RegExp(letter.subject));
await enterPin(pins.signature);
await page.waitForSelector('#sent:not([hidden])');
await both(page, 'sent');
await page.goto(`${portalOrigin}/letters`);
await page.waitForSelector('tr[data-state="sent"]');
await both(page, 'list');
await close();
