/**
 * The two languages. Georgian unless the person has chosen English, which is remembered. Elements
 * name their sentence: data-text for their text, data-label for aria-label, the page data-title.
 */
import en from "/en.js";
import ka from "/ka.js";

const languages = { ka, en };
const KEY = "language";
const listeners = [];

let language = remembered();

function remembered() {
  try {
    return localStorage.getItem(KEY) === "en" ? "en" : "ka";
  } catch {
    return "ka"; // storage is forbidden: the choice then lasts as long as the page
  }
}

/** The sentence of a key, {names} replaced. */
export function say(key, values = {}) {
  const sentence = languages[language][key] ?? languages[language]["error.UNKNOWN"];
  return sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** Whether there is a sentence of this key. */
export function canSay(key) {
  return key in languages[language];
}

/** Of {ka, en} the one that is spoken. */
export function choose(names) {
  return names[language];
}

/**
 * "24 November 2026" or the Georgian for it, in Georgia's time. The months are our own: not every
 * browser's locale data has Georgian.
 */
export function sayDate(iso) {
  const parts = new Intl.DateTimeFormat("en", {
    year: "numeric",
    month: "numeric",
    day: "numeric",
    timeZone: "Asia/Tbilisi",
  }).formatToParts(new Date(iso));
  const { year, month, day } = Object.fromEntries(parts.map(({ type, value }) => [type, value]));
  return say("date", { year, month: say(`month.${month}`), day });
}

/** Calls listener now and after each change of language. */
export function speaking(listener) {
  listeners.push(listener);
  listener();
}

function fill() {
  const page = document.documentElement;
  page.lang = language;
  document.title = `${say(page.dataset.title)} – ${say("portal")}`;
  for (const element of document.querySelectorAll("[data-text]")) {
    element.textContent = say(element.dataset.text);
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", say(element.dataset.label));
  }
}

function fillSwitch() {
  const button = document.getElementById("language");
  const other = language === "ka" ? "en" : "ka";
  button.textContent = languages[other].language;
  button.lang = other;
  button.setAttribute("aria-label", languages[other]["language.switch"]);
}

function change() {
  language = language === "ka" ? "en" : "ka";
  try {
    localStorage.setItem(KEY, language);
  } catch {
    // as above
  }
  for (const listener of listeners) {
    listener();
  }
}

document.getElementById("language").addEventListener("click", change);
speaking(fill);
speaking(fillSwitch);
