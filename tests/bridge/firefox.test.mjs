// piradi.js in a real Firefox ESR, driven over WebDriver BiDi, for which the portal lies at a public address, so that its
// loopback rule is in force; with the real bridge. The agent is the test's.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { BUTTON, allowOrigin, startBridge, status, tellAgent } from './stage.mjs';

const { launch } = createRequire(join(process.env.PIRADI_NODE_MODULES, 'x.js'))('puppeteer-core');
const PORTAL = 'https://portal.piradi.test:8443';
const TOKEN = { unverifiedCertificate: 'MIIB', algorithm: 'RS256', signature: 'AAAA', format: 'web-eid:1.0', appVersion: 'x' };
const LOGIN = `return piradi.authenticate('${'n'.repeat(44)}')`;
const RULE = 'loopback-network';
let shared;
let hasRule = true; // Firefox ESR 140 lets every page through; the next series asks

// A test of that rule.
function ruleTest(name, body) {
  test(name, (t) => (hasRule ? body(t) : t.skip('this Firefox has no rule for loopback')));
}

function open() {
  return launch({
    browser: 'firefox',
    executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
    headless: true,
    acceptInsecureCerts: true,
    args: ['--remote-allow-system-access'], // to press the buttons of the browser's own window
    extraPrefsFirefox: {
      'network.dns.localDomains': 'portal.piradi.test',
      'network.lna.address_space.public.override': '127.0.0.1:8443',
    },
  });
}

before(async () => {
  allowOrigin(PORTAL);
  shared = await open();
  await permit('prompt').catch((error) => {
    if (!error.message.includes(RULE)) throw error;
    hasRule = false;
  });
});
after(() => shared.close());

// What a person has answered for good, as the browser keeps it.
function permit(state) {
  const descriptor = { name: RULE };
  return shared.connection.send('permissions.setPermission', { descriptor, state, origin: PORTAL });
}

async function openPortal(t, policy = null) {
  const page = await shared.newPage();
  t.after(() => page.close());
  await page.goto(policy === null ? PORTAL : `${PORTAL}/?policy=${encodeURIComponent(policy)}`);
  return page;
}

async function click(page, body) {
  await page.evaluate(`(() => { const body = ${JSON.stringify(body)}; ${BUTTON} })()`);
  await page.click('button');
}

const outcome = (page) => page.evaluate(() => window.outcome);

// Runs in the browser's own window, where pages have no part.
async function inWindow(expression) {
  const { result: tree } = await shared.connection.send('browsingContext.getTree', { 'moz:scope': 'chrome' });
  const { result } = await shared.connection.send('script.evaluate', {
    target: { context: tree.contexts[0].context },
    awaitPromise: true,
    expression,
  });
  assert.equal(result.type, 'success');
  return result.result.value;
}

// Presses a button of the browser's question once it is there.
async function answerQuestion(button) {
  const pressed = await inWindow(`new Promise((resolve) => {
      const press = () => {
        const question = [...PopupNotifications.panel.childNodes].find(({ id }) => id.startsWith('loopback-network'));
        if (question) { question.${button}.click(); resolve(question.id); } else { setTimeout(press, 50); }
      };
      press();
    })`);
  assert.match(pressed, /^loopback-network/);
}

async function agentGivesTokens(t) {
  const asked = [];
  await tellAgent(t, ({ request, say }) => { asked.push(request); say({ status: 'OK', token: TOKEN }); });
  await startBridge(t);
  return asked;
}

ruleTest('the person is asked by the browser and allows it: the page reaches the bridge, and watches it', async (t) => {
  await agentGivesTokens(t);
  await permit('prompt');
  const page = await openPortal(t);
  const first = status(page);
  await answerQuestion('button');
  assert.match((await first).agentVersion, /^\d/);
  await click(page, LOGIN);
  assert.deepEqual(await outcome(page), TOKEN);
});

ruleTest('the person refuses: said so, and the login goes by the popup', async (t) => {
  const asked = await agentGivesTokens(t);
  await permit('prompt');
  const page = await openPortal(t);
  const first = status(page);
  await answerQuestion('secondaryButton');
  assert.match(await first, /^PERMISSION_(DENIED|UNDECIDED)$/);
  await permit('denied');
  assert.equal(await status(page), 'PERMISSION_DENIED');
  await click(page, LOGIN);
  assert.deepEqual(await outcome(page), TOKEN);
  assert.equal(asked[0].origin, PORTAL);
});

ruleTest('undecided: the popup opens in the same click', async (t) => {
  await agentGivesTokens(t);
  await permit('prompt');
  const page = await openPortal(t);
  await click(page, LOGIN);
  assert.deepEqual(await outcome(page), TOKEN);
});

ruleTest('the page\'s own policy blocks: said so, and the popup is no part of it', async (t) => {
  await agentGivesTokens(t);
  await permit('granted');
  const page = await openPortal(t, "connect-src 'self'; script-src 'self' 'unsafe-eval'");
  assert.equal(await status(page), 'BLOCKED_BY_POLICY');
  await click(page, LOGIN);
  assert.deepEqual(await outcome(page), TOKEN);
});

ruleTest('nothing is there; watch sees it come and go', async (t) => {
  await permit('granted');
  const page = await openPortal(t);
  assert.equal(await status(page), 'AGENT_ABSENT');
  await page.evaluate(async () => {
    window.told = [];
    (await import('/piradi.js')).watch((news) => window.told.push(news.code ?? 'state'));
  });
  await page.waitForFunction(() => window.told.at(-1) === 'AGENT_ABSENT');
  await tellAgent(t, () => {});
  const stopBridge = await startBridge(t);
  await page.waitForFunction(() => window.told.at(-1) === 'state');
  await stopBridge();
  await page.waitForFunction(() => window.told.at(-1) === 'AGENT_ABSENT');
});

ruleTest('allowed without a question, as an administrator\'s policy does', async (t) => {
  await agentGivesTokens(t);
  await permit('prompt');
  await inWindow(`Services.prefs.setIntPref('permissions.default.${RULE}', 1)`);
  t.after(() => inWindow(`Services.prefs.clearUserPref('permissions.default.${RULE}')`));
  assert.match((await status(await openPortal(t))).agentVersion, /^\d/);
});
