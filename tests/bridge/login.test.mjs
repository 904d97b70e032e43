// <piradi-login> on a page with a strict policy, in a real Chromium, with the real bridge; the agent is the test's.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { openPage, startBridge, tellAgent } from './stage.mjs';

const NONCE = 'n'.repeat(44);
const TOKEN = { unverifiedCertificate: 'MIIB', algorithm: 'RS256', signature: 'AAAA', format: 'web-eid:1.0', appVersion: 'x' };
const POLICY = "default-src 'none'; script-src 'self'; connect-src 'self' http://127.0.0.1:27310; require-trusted-types-for 'script'";

async function openLogin(t, { language = 'ka', ...options } = {}) {
  const page = await openPage(t, { policy: POLICY, ...options });
  await page.evaluate(async ({ nonce, lang }) => {
    document.documentElement.lang = lang;
    const element = document.createElement('piradi-login');
    element.getNonce = async () => nonce;
    window.heard = [];
    for (const type of ['piradi-token', 'piradi-error']) {
      document.addEventListener(type, ({ detail }) => window.heard.push([type, detail.code ?? detail]));
    }
    document.body.append(element);
    await import('/piradi-login.js');
  }, { nonce: NONCE, lang: language });
  return { page, button: page.getByRole('button'), state: page.getByRole('status') };
}

const heard = (page) => page.evaluate(() => window.heard);

test('it says what the reader holds, in the page\'s language, and follows a change of either', async (t) => {
  await tellAgent(t, () => {});
  const stopBridge = await startBridge(t);
  const { page, button, state } = await openLogin(t);
  await page.getByRole('button', { name: 'პირადობის მოწმობით შესვლა' }).waitFor();
  await state.getByText('წამკითხველი არ ჩანს').waitFor();
  await page.evaluate(() => { document.documentElement.lang = 'en'; });
  assert.equal(await button.innerText(), 'Log in with ID card');
  assert.equal(await state.getAttribute('lang'), 'en');
  await stopBridge();
  await page.getByText('The program Piradi is not running').waitFor();
});

test('a login by keyboard alone gives the token, and the focus stays', async (t) => {
  const asked = [];
  await tellAgent(t, ({ request, say }) => { asked.push(request); say({ status: 'OK', token: TOKEN }); });
  await startBridge(t);
  const { page } = await openLogin(t, { language: 'en' });
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => window.heard.length > 0);
  assert.deepEqual(await heard(page), [['piradi-token', TOKEN]]);
  assert.equal(await page.evaluate(() => document.activeElement.localName), 'piradi-login');
  assert.deepEqual(asked, [{ command: 'authenticate', origin: 'https://portal.piradi.test', nonce: NONCE }]);
});

test('while the person is asked the same button cancels, and the agent hears it', async (t) => {
  let next;
  const begun = new Promise((resolve) => { next = resolve; });
  await tellAgent(t, (conversation) => next(conversation));
  await startBridge(t);
  const { page, button, state } = await openLogin(t, { language: 'en' });
  await button.click();
  const { closed } = await begun;
  assert.match(await state.innerText(), /Enter your PIN only there/);
  assert.equal(await button.innerText(), 'Cancel');
  await button.click();
  await closed;
  await state.getByText('You cancelled.').waitFor();
  assert.deepEqual(await heard(page), [['piradi-error', 'USER_CANCELLED']]);
});

test('a failure is said and told; an element that goes away cancels', async (t) => {
  const gone = [];
  let answer = ({ say }) => say({ status: 'PIN_BLOCKED', tries_left: 0 });
  await tellAgent(t, (conversation) => answer(conversation));
  await startBridge(t);
  const { page, button, state } = await openLogin(t, { language: 'en' });
  await button.click();
  await state.getByText('The PIN is blocked').waitFor();
  assert.deepEqual(await heard(page), [['piradi-error', 'PIN_BLOCKED']]);
  const begun = new Promise((resolve) => { answer = resolve; });
  await button.click();
  gone.push((await begun).closed);
  await page.evaluate(() => document.querySelector('piradi-login').remove());
  await Promise.all(gone);
});
