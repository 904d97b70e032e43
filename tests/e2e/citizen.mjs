// What a citizen does at the portal, step by step, with the real prompt.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';

import { portalOrigin } from './browser.mjs';
import { enterPin, promptGone, promptSays } from './prompt.mjs';

export const pins = { authentication: process.env.SPECIMEN_PIN_AUTH, signature: process.env.SPECIMEN_PIN_SIGN };

export const letter = {
  subject: 'განცხადება ქუჩის განათების შესახებ',
  text: 'გთხოვთ, აღადგინოთ განათება ვაჟა-ფშაველას გამზირზე.\n\nპატივისცემით.',
};

// A PIN of the right length that is not the card's.
export function wrongPin(pin) {
  return pin.replace(/./g, (digit) => String((Number(digit) + 1) % 10));
}

// A line to a control socket (card or pcscd); resolves with its answer, which must begin with "ok".
export async function control(socketPath, line) {
  const answer = await new Promise((resolve, reject) => {
    const socket = connect(socketPath, () => socket.write(`${line}\n`));
    let text = '';
    socket.setEncoding('utf8').on('error', reject).on('data', (piece) => {
      text += piece;
      if (text.includes('\n')) socket.end();
    }).on('close', () => resolve(text.trim()));
  });
  assert.match(answer, /^ok/, `${line}: ${answer}`);
  return answer;
}

export function card(line) {
  return control(process.env.CARD_CONTROL, line);
}

export function pcscd(line) {
  return control(process.env.PCSCD_CONTROL, line);
}

// How many VERIFY commands the card has seen, by the log of the card itself.
export function verifiesSeen() {
  return readFileSync(process.env.CARD_LOG, 'utf8').split('\n').filter((line) => / (00|10) ?20 /.test(line)).length;
}

export async function openPortal(page) {
  await page.goto(`${portalOrigin}/`);
}

export function waitForCard(page, state = 'ready') {
  return page.waitForSelector(`#card[data-state="${state}"]`, { timeout: 60_000 });
}

// The page's failure, as code and sentence.
export async function problem(page) {
  const box = await page.waitForSelector('#problem:not([hidden])', { timeout: 60_000 });
  return { code: await box.getAttribute('data-code'), text: await box.innerText() };
}

export async function clickLogin(page) {
  await page.click('#login');
}

export async function logIn(page) {
  await openPortal(page);
  await waitForCard(page);
  await clickLogin(page);
  await promptSays(/portal\.piradi\.test/);
  await enterPin(pins.authentication);
  await page.waitForSelector('#citizen:not(:empty)', { timeout: 60_000 });
  await promptGone();
  return (await page.innerText('#citizen')).trim();
}

export async function writeLetter(page) {
  await page.goto(`${portalOrigin}/new`);
  await page.waitForFunction(() => document.querySelectorAll('#body option').length > 1);
  await page.selectOption('#body', { index: 1 });
  await page.fill('#subject', letter.subject);
  await page.fill('#text', letter.text);
  await page.click('#compose');
  await page.waitForFunction(() => [...document.querySelectorAll('#paper img')].some((image) => image.naturalWidth > 0),
    undefined, { timeout: 60_000 });
}

export async function signLetter(page) {
  await page.click('#sign');
  const shown = await promptSays(new RegExp(letter.subject));
  await enterPin(pins.signature);
  await page.waitForSelector('#sent:not([hidden])', { timeout: 60_000 });
  await promptGone();
  return shown;
}
