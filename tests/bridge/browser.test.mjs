// What piradi.js tells apart, in a real Chromium whose loopback rule is in force, with the real bridge and agent.
import assert from 'node:assert/strict';
import { createServer as createHttpServer } from 'node:http';
import { test } from 'node:test';

import { ORIGIN, allowOrigin, openPage, startAgent, startBridge, status } from './stage.mjs';

test('the bridge and the agent', async (t) => {
  await startAgent(t);
  await startBridge(t);
  const news = await status(await openPage(t));
  assert.deepEqual(news, { pcsc: false, readers: [], agentVersion: news.agentVersion });
  assert.match(news.agentVersion, /^\d+\./);
});

test('what has an effect goes by a preflight, and a refusal comes back as what it is', async (t) => {
  await startAgent(t);
  await startBridge(t);
  const page = await openPage(t);
  const code = await page.evaluate(async () => {
    const piradi = await import('/piradi.js');
    return piradi.authenticate('too short').then(() => 'a token', (error) => error.code);
  });
  assert.equal(code, 'NONCE_TOO_SHORT');
});

test('the bridge without the agent, and nothing at all', async (t) => {
  const stopBridge = await startBridge(t);
  const page = await openPage(t);
  assert.equal(await status(page), 'AGENT_ABSENT');
  await stopBridge();
  assert.equal(await status(page), 'AGENT_ABSENT');
});

test('started later, watch sees it', async (t) => {
  const page = await openPage(t);
  await page.evaluate(async () => {
    window.told = [];
    (await import('/piradi.js')).watch((news) => window.told.push(news.code ?? 'state'));
  });
  await page.waitForFunction(() => window.told.at(-1) === 'AGENT_ABSENT');
  await startAgent(t);
  const stopBridge = await startBridge(t);
  await page.waitForFunction(() => window.told.at(-1) === 'state');
  await stopBridge();
  await page.waitForFunction(() => window.told.at(-1) === 'AGENT_ABSENT');
});

test('not granted', async (t) => {
  await startAgent(t);
  await startBridge(t);
  assert.match(await status(await openPage(t, { granted: false })), /^PERMISSION_(DENIED|UNDECIDED)$/);
});

test('blocked by the page\'s own policy', async (t) => {
  await startBridge(t);
  assert.equal(await status(await openPage(t, { policy: "connect-src 'self'" })), 'BLOCKED_BY_POLICY');
});

test('another program on the port', async (t) => {
  const stranger = createHttpServer((request, response) => response.end('hello'));
  await new Promise((resolve) => { stranger.listen(27310, '127.0.0.1', resolve); });
  t.after(() => { stranger.closeAllConnections(); stranger.close(); });
  assert.equal(await status(await openPage(t)), 'PORT_TAKEN');
});

test('an origin that is not on the list learns nothing', async (t) => {
  allowOrigin('https://other.piradi.test');
  t.after(() => allowOrigin(ORIGIN));
  await startBridge(t);
  assert.equal(await status(await openPage(t)), 'AGENT_ABSENT');
});
