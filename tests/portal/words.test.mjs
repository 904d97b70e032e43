// Both languages say the same things, all that the pages ask for, and every code of base/status.h.
import assert from "node:assert";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const pages = new URL("../../portal/pages/", import.meta.url);
const read = (url) => readFileSync(url, "utf8");
const dictionary = async (language) => {
  const source = read(new URL(`${language}.js`, pages));
  return (await import(`data:text/javascript,${encodeURIComponent(source)}`)).default;
};
const [ka, en] = [await dictionary("ka"), await dictionary("en")];
const sources = readdirSync(pages)
  .filter((name) => /\.(html|js)$/.test(name) && !/^(ka|en)\.js$/.test(name))
  .map((name) => read(new URL(name, pages)))
  .join("\n");

test("the languages have the same keys, and nothing is empty", () => {
  assert.deepEqual(Object.keys(ka), Object.keys(en));
  for (const words of [ka, en]) {
    assert.ok(Object.values(words).every((sentence) => sentence.trim() !== ""));
  }
});

test("the same values are named in both", () => {
  const names = (sentence) => (sentence.match(/\{\w+\}/g) ?? []).sort();
  for (const key of Object.keys(ka)) {
    assert.deepEqual(names(ka[key]), names(en[key]), key);
  }
});

test("Georgian is in Georgian letters", () => {
  for (const [key, sentence] of Object.entries(ka)) {
    assert.match(sentence, key === "date" ? /წლის/ : /[ა-ჰ]/, key);
  }
});

test("every code has its sentence", () => {
  const status = read(new URL("../../base/status.h", import.meta.url));
  const codes = [...status.matchAll(/X\((\w+), \d+\)/g)].map((match) => match[1]);
  assert.ok(codes.length > 30);
  for (const code of codes.filter((each) => each !== "OK")) {
    assert.ok(`error.${code}` in ka, code);
  }
});

test("what the pages say is there, and what is there is said", () => {
  const literal = [...sources.matchAll(/data-(?:text|label|title)="([^"]+)"|"([a-z]+(?:\.[a-z-]+)+)"/g)]
    .map((match) => match[1] ?? match[2])
    .filter((key) => !key.endsWith(".js"));
  for (const key of literal) {
    assert.ok(key in ka, key);
  }
  const composed = /^(error|month|card|state|new\.wrong|language)\b/;
  for (const key of Object.keys(ka).filter((each) => !composed.test(each))) {
    assert.ok(sources.includes(`"${key}"`), `${key} is never said`);
  }
});
