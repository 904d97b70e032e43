// Rules A5, B8, B9 and B10 of docs/security.md as a browser sees them: pages that open, frame, address or imitate the
// bridge's popup. In a real Chromium without the permission, with the real bridge; the agent is the test's.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ORIGIN, allowOrigin, openPage, startBridge, tellAgent } from './stage.mjs';

const POPUP = 'http://127.0.0.1:27310/popup';

// Opens the popup from the page and gives [what it said within some time, whether the window is still there]. The page
// greets it, and asks for a login in every way that the real piradi.js does.
function address(page, { before = [], sent } = {}) {
  return page.evaluate(async ({ url, messages }) => {
    const heard = [];
    addEventListener('message', (event) => heard.push([event.origin, event.data]));
    const popup = await new Promise((resolve) => {
      const element = document.body.appendChild(document.createElement('button'));
      element.id = 'open';
      element.addEventListener('click', () => resolve(window.open(url, '_blank', 'popup')));
      window.ready?.();
    });
    for (let i = 0; i < 20; i += 1) {
      messages.forEach((message) => popup.postMessage(message, '*'));
      await new Promise((resolve) => { setTimeout(resolve, 100); });
    }
    popup.close();
    return heard;
  }, { url: POPUP, messages: sent ?? before });
}

const GREETINGS = [{ piradi: 'hello', id: '1' }, { piradi: 'authenticate', id: '2', nonce: 'n'.repeat(44) }];

async function addressed(page, sent) {
  const result = address(page, { sent });
  await page.waitForSelector('#open');
  const opens = page.waitForEvent('popup');
  await page.click('#open');
  const popup = await opens;
  await popup.waitForSelector('body[data-state]').catch(() => {});
  return { heard: await result, popup };
}

test('B10: to a page whose origin is not on the list the popup is silent, and nothing is asked of the agent', async (t) => {
  const asked = [];
  await tellAgent(t, ({ request }) => asked.push(request));
  allowOrigin('https://other.piradi.test');
  t.after(() => allowOrigin(ORIGIN));
  await startBridge(t);
  const { heard } = await addressed(await openPage(t, { granted: false }), GREETINGS);
  assert.deepEqual(heard, []);
  assert.deepEqual(asked, []);
});

test('B10: the popup does not speak first, and not to what is no message of ours', async (t) => {
  await startBridge(t);
  const page = await openPage(t, { granted: false });
  const odd = ['hello', null, 1, { piradi: 1 }, { piradi: 'unknown', id: '1' }, { piradi: 'constructor', id: '1' }, { type: 'hello' }];
  assert.deepEqual((await addressed(page, odd)).heard, []);
  await page.reload();
  assert.deepEqual((await addressed(page, [])).heard, []);
});

test('B10: it answers its opener on the list, to that origin', async (t) => {
  await startBridge(t);
  const { heard } = await addressed(await openPage(t, { granted: false }), [{ piradi: 'hello', id: '7' }]);
  assert.deepEqual(heard[0], ['http://127.0.0.1:27310', { piradi: 'ready', id: '7' }]);
});

test('B10: a window that is not the opener is not heard', async (t) => {
  const asked = [];
  await tellAgent(t, ({ request }) => asked.push(request));
  await startBridge(t);
  const page = await openPage(t, { granted: false });
  // The popup's own frames and windows: a message that it sends itself comes from its own origin and is not opener's.
  const popup = await page.context().newPage();
  await popup.goto(POPUP);
  await popup.evaluate((messages) => messages.forEach((message) => window.postMessage(message, '*')), GREETINGS);
  await popup.evaluate(() => new Promise((resolve) => { setTimeout(resolve, 300); }));
  assert.equal(await popup.getAttribute('body', 'data-state'), 'waiting');
  assert.deepEqual(asked, []);
});

test('B9: framed it is blank, and nothing else of it loads elsewhere', async (t) => {
  await startBridge(t);
  const page = await openPage(t, { policy: 'frame-src *; script-src * \'unsafe-inline\' \'unsafe-eval\'' });
  const got = await page.evaluate(async (url) => {
    const frame = document.body.appendChild(document.createElement('iframe'));
    frame.src = url;
    await new Promise((resolve) => { frame.onload = resolve; });
    const script = document.createElement('script');
    script.src = `${url}.js`;
    return new Promise((resolve) => {
      script.onload = () => resolve('loaded');
      script.onerror = () => resolve('refused');
      document.body.append(script);
    });
  }, POPUP);
  assert.equal(got, 'refused');
  const frame = page.frames().find((one) => one !== page.mainFrame());
  assert.equal(await frame.evaluate(() => document.querySelector('[data-state]')).catch(() => null), null);
});

test('B9: a form that is posted to it, and a link with a query, open nothing', async (t) => {
  await startBridge(t);
  for (const [method, url] of [['post', POPUP], ['get', `${POPUP}?return=https://evil.example`], ['post', 'http://127.0.0.1:27310/v1/authenticate']]) {
    const page = await openPage(t, { granted: false, policy: 'form-action *' });
    const answer = page.waitForResponse((response) => response.url().startsWith('http://127.0.0.1:27310'));
    await page.evaluate(([way, action]) => {
      const form = document.body.appendChild(document.createElement('form'));
      Object.assign(form, { method: way, action });
      if (action.includes('?')) window.location.assign(action); else form.submit();
    }, [method, url]);
    assert.equal((await answer).status(), 403);
  }
});

test('A5: what the popup alone may say, a portal\'s page may not', async (t) => {
  await startBridge(t);
  const page = await openPage(t);
  const got = await page.evaluate(() => fetch('http://127.0.0.1:27310/v1/status', {
    headers: { 'Piradi-Portal': 'https://portal.piradi.test' },
  }).then(() => 'answered', () => 'refused'));
  assert.equal(got, 'refused');
});
