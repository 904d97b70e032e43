// The real prompt's window, as a person has it: read through its accessibility tree, driven by keys.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';

const run = promisify(execFile);
const readerProgram = fileURLToPath(new URL('read-prompt', import.meta.url));
const patience = 60_000;

async function xdotool(...words) {
  return (await run('xdotool', words, { timeout: patience })).stdout.trim();
}

// The window's id once there is one.
export async function promptWindow() {
  const found = await xdotool('search', '--sync', '--onlyvisible', '--class', 'piradi-prompt');
  return found.split('\n')[0];
}

export async function promptIsOpen() {
  try {
    return (await xdotool('search', '--onlyvisible', '--class', 'piradi-prompt')) !== '';
  } catch {
    return false; // xdotool exits 1 when it finds nothing
  }
}

// Every text that the window offers to a screen reader.
export async function promptText() {
  return (await run('/usr/bin/python3', [readerProgram], { timeout: patience })).stdout;
}

async function until(what, holds) {
  const end = Date.now() + patience;
  let seen;
  while (Date.now() < end) {
    seen = await holds();
    if (seen.ok) return seen.value;
    await delay(50); // between two looks at a condition, which alone decides
  }
  throw new Error(`waited in vain for ${what}; last seen: ${JSON.stringify(seen?.value)}`);
}

// Waits until the window says `pattern`, gives all of its text.
export function promptSays(pattern) {
  return until(`the prompt to say ${pattern}`, async () => {
    const value = await promptText().catch((error) => String(error));
    return { ok: pattern.test(value), value };
  });
}

export function promptGone() {
  return until('the prompt to close', async () => ({ ok: !(await promptIsOpen()) }));
}

export async function press(...keys) {
  const window = await promptWindow();
  await xdotool('windowfocus', '--sync', window, 'key', ...keys);
}

// Types a PIN and Return, once the window asks for it.
export async function enterPin(pin) {
  const window = await promptWindow();
  await xdotool('windowfocus', '--sync', window, 'type', '--delay', '20', pin);
  await xdotool('key', 'Return');
}

const buttonProgram = fileURLToPath(new URL('press-button', import.meta.url));

// The switch at the top of the window: 'ქართული' or 'English'.
export async function clickLanguage(name) {
  await run('/usr/bin/python3', [buttonProgram, name], { timeout: patience });
  await promptSays(name === 'English' ? /Cancel/ : /გაუქმება/);
}

export async function windowScreenshot(path) {
  await run('import', ['-window', await promptWindow(), path]);
}
