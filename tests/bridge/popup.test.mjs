// The popup: what piradi.js opens in the click where the browser or the page's policy keeps it from the bridge. In a
// real Chromium without the permission, with the real bridge; the agent is the test's.
import assert from 'node:assert/strict';
import { createSign, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';

import { ORIGIN, allowOrigin, openPage, startBridge, tellAgent } from './stage.mjs';

const NONCE = 'n'.repeat(44);
const TOKEN = { unverifiedCertificate: 'MIIB', algorithm: 'RS256', signature: 'AAAA', format: 'web-eid:1.0', appVersion: 'x' };

// A button that does `script` (the body of a function of `piradi`) and notes how it ended.
async function button(page, script) {
  await page.evaluate((body) => {
    const element = document.createElement('button');
    document.body.append(element);
    window.outcome = new Promise((resolve) => {
      element.addEventListener('click', async () => {
        try {
          const piradi = await import('/piradi.js');
          resolve(await new (async () => {}).constructor('piradi', body)(piradi));
        } catch (error) {
          resolve(error.code ?? String(error));
        }
      });
    });
  }, script);
}

const LOGIN = `return piradi.authenticate('${NONCE}')`;

async function clickLogin(page, script = LOGIN) {
  await button(page, script);
  const opens = page.waitForEvent('popup');
  await page.click('button');
  return opens;
}

const outcome = (page) => page.evaluate(() => window.outcome);

test('a login goes by the popup where the permission is denied, and the popup closes', async (t) => {
  const seen = [];
  await tellAgent(t, ({ request, say }) => { seen.push(request); say({ status: 'OK', token: TOKEN }); });
  await startBridge(t);
  const page = await openPage(t, { granted: false });
  const popup = await clickLogin(page);
  const closes = popup.isClosed() ? null : popup.waitForEvent('close');
  assert.deepEqual(await outcome(page), TOKEN);
  await closes;
  assert.deepEqual(seen, [{ command: 'authenticate', origin: 'https://portal.piradi.test', nonce: NONCE }]);
});

test('a document goes through the popup and comes back signed', async (t) => {
  await tellAgent(t, ({ request, document, say, give }) => {
    const signed = Buffer.concat([document, Buffer.from(` signed ${request.name}`)]);
    say({ status: 'OK', size: signed.length, signed_by: 'SPECIMEN' });
    give(signed);
  });
  await startBridge(t);
  const page = await openPage(t, { granted: false });
  for (const made of ["new Blob(['%PDF-1.7'])", "new TextEncoder().encode('%PDF-1.7').buffer"]) {
    await clickLogin(page, `return (await piradi.sign(${made}, { name: 'წერილი.pdf' })).text()`);
    assert.equal(await outcome(page), '%PDF-1.7 signed წერილი.pdf');
    await page.reload();
  }
});

test('the page\'s own policy is no obstacle either', async (t) => {
  await tellAgent(t, ({ say }) => say({ status: 'OK', token: TOKEN }));
  await startBridge(t);
  const page = await openPage(t, { policy: "connect-src 'self'; script-src 'self' 'unsafe-eval'" });
  await clickLogin(page);
  assert.deepEqual(await outcome(page), TOKEN);
});

test('a refusal comes back as what it is', async (t) => {
  await tellAgent(t, ({ say }) => say({ status: 'PIN_BLOCKED', tries_left: 0 }));
  await startBridge(t);
  const page = await openPage(t, { granted: false });
  await clickLogin(page, `try { await piradi.authenticate('${NONCE}'); } catch (e) { return [e.name, e.code, e.triesLeft]; }`);
  assert.deepEqual(await outcome(page), ['PiradiError', 'PIN_BLOCKED', 0]);
});

test('the person is told who asks, in two languages', async (t) => {
  const begun = new Promise((resolve) => { tellAgent(t, resolve); });
  await startBridge(t);
  for (const [locale, heading] of [['ka-GE', /„პირადის“ ფანჯარაში/], ['en-GB', /Piradi’s own window/]]) {
    const page = await openPage(t, { granted: false, locale });
    const popup = await clickLogin(page);
    await popup.waitForSelector('body[data-state="asking"]');
    assert.match(await popup.innerText('main'), heading);
    assert.match(await popup.innerText('main'), /portal\.piradi\.test/);
    if (process.env.SCREENSHOTS) await popup.screenshot({ path: `${process.env.SCREENSHOTS}/popup-${locale}.png` });
    await popup.click('[data-language="en"]');
    assert.match(await popup.innerText('h1:visible'), /Please go on/);
    await popup.click('[data-language="ka"]');
    assert.match(await popup.innerText('h1:visible'), /გააგრძელეთ/);
    await popup.close();
    assert.equal(await outcome(page), 'USER_CANCELLED');
  }
  await (await begun).closed;
});

test('the popup is closed, the page goes, or the caller aborts: the agent hears it', async (t) => {
  let next;
  await tellAgent(t, (conversation) => next(conversation));
  await startBridge(t);
  for (const end of [
    async (page, popup) => { await popup.close(); assert.equal(await outcome(page), 'USER_CANCELLED'); },
    async (page) => { await page.evaluate(() => window.stop.abort(new Error('enough'))); assert.equal(await outcome(page), 'Error: enough'); },
  ]) {
    const asked = new Promise((resolve) => { next = resolve; });
    const page = await openPage(t, { granted: false });
    const popup = await clickLogin(page, `window.stop = new AbortController();
      return piradi.authenticate('${NONCE}', { signal: window.stop.signal })`);
    const { closed } = await asked;
    await end(page, popup);
    await closed;
  }
});

test('no bridge: the popup closes and says so; no popup: the reason is the permission', async (t) => {
  const page = await openPage(t, { granted: false });
  await page.clock.install();
  const popup = await clickLogin(page);
  const closes = popup.isClosed() ? null : popup.waitForEvent('close');
  await page.clock.fastForward(10_000);
  assert.equal(await outcome(page), 'AGENT_ABSENT');
  await closes;
  await startBridge(t);
  const other = await openPage(t, { granted: false });
  await button(other, LOGIN);
  await other.evaluate(() => { window.open = () => null; }); // as a browser that blocks popups
  await other.click('button');
  assert.match(await outcome(other), /^PERMISSION_(DENIED|UNDECIDED)$/);
  assert.equal(other.context().pages().length, 1);
});

test('a portal that must sign its requests does, directly and through the popup', async (t) => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  allowOrigin(ORIGIN, `key = ${JSON.stringify(publicKey.export({ format: 'jwk' }))}\n`);
  t.after(() => allowOrigin(ORIGIN));
  const encode = (text) => Buffer.from(text).toString('base64url');
  let count = 0;
  const authorize = ({ method, path, origin, sha256 }) => {
    count += 1;
    const header = encode(JSON.stringify({ alg: 'ES256', exp: Math.floor(Date.now() / 1000) + 60, nonce: `${count}`.padStart(30, 'n') }));
    const payload = encode(`${method} ${path}\n${origin}\n${sha256}`);
    const signature = createSign('sha256').update(`${header}.${payload}`).sign({ key: privateKey, dsaEncoding: 'ieee-p1363' });
    return `${header}..${signature.toString('base64url')}`;
  };
  const asked = [];
  await tellAgent(t, ({ request, document, say, give }) => {
    asked.push(request);
    say({ status: 'OK', size: document.length, signed_by: 'SPECIMEN' });
    give(document);
  });
  await startBridge(t);
  for (const granted of [true, false]) {
    const page = await openPage(t, { granted });
    await page.exposeFunction('authorize', authorize);
    await button(page, `return (await piradi.sign(new Blob(['%PDF']), { name: 'a.pdf', authorize })).text()`);
    await page.click('button');
    assert.equal(await outcome(page), '%PDF');
  }
  assert.deepEqual(asked.map(({ verified }) => verified), [true, true]);
  assert.equal(count, 4);
});
