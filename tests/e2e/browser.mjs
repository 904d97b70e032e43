// A real Chromium, for which the portal lies at a *public* address, so that the browser's loopback rule is in force.
import { createRequire } from 'node:module';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const require = createRequire(join(process.env.PIRADI_NODE_MODULES, 'x.js'));
const { chromium } = require('playwright-core');

export const portalOrigin = process.env.PORTAL_ORIGIN;

// Without these, a browser looks for its maker's hosts at every start.
const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run',
  '--disable-gpu', '--disable-quic'];

function argumentsOf(extra) {
  return [...quiet,
    ...(process.getuid() === 0 ? ['--no-sandbox'] : []),
    `--host-resolver-rules=MAP portal.piradi.test ${process.env.PORTAL_ADDRESS}`,
    `--ip-address-space-overrides=${process.env.PORTAL_ADDRESS}=public`,
    `--ignore-certificate-errors-spki-list=${process.env.PORTAL_SPKI}`,
    ...extra];
}

// A context on that profile.
export function launch(profile, { args = [], ...options } = {}) {
  return chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: argumentsOf(args), ...options,
  });
}

// One browser for many contexts, each as new as a profile of its own.
export function launchMany() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: argumentsOf([]) });
}

// A page in a new context of that browser: { page, context, close }, as openBrowser has it.
export async function openContext(browser, { granted = true, locale = 'ka-GE', ...options } = {}) {
  const context = await browser.newContext({ locale, viewport: { width: 1100, height: 900 }, ...options });
  if (granted) await context.grantPermissions(['local-network-access'], { origin: portalOrigin });
  return { page: await context.newPage(), context, close: () => context.close() };
}

// { page, context, close }. With `granted`, the person has allowed this portal to reach programs on the computer.
export async function openBrowser({ granted = true, locale = 'ka-GE', args = [], ...options } = {}) {
  const profile = mkdtempSync(join(tmpdir(), 'piradi-chromium-'));
  const context = await launch(profile, { args, locale, viewport: { width: 1100, height: 900 }, ...options });
  const page = context.pages()[0] ?? await context.newPage();
  // What a click on Allow does.
  if (granted) await context.grantPermissions(['local-network-access'], { origin: portalOrigin });
  return { page, context, close: async () => { await context.close(); rmSync(profile, { recursive: true }); } };
}
