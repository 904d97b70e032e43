/** A new letter; or, with ?from=ID, another one in place of a draft. */
import { get, needCitizen, post, remove } from "/api.js";
import { hideProblem } from "/problem.js";
import { failed } from "/shell.js";
import { choose, say, speaking } from "/words.js";

const FIELDS = ["body", "subject", "text"];

const form = document.getElementById("letter");
const button = document.getElementById("compose");
const from = new URLSearchParams(location.search).get("from");
const wrong = new Set();

function field(name) {
  return document.getElementById(name);
}

function fillBodies(bodies) {
  const chosen = field("body").value;
  const options = bodies.map((body) => new Option(choose(body), body.id));
  field("body").replaceChildren(new Option(say("new.body.choose"), ""), ...options);
  field("body").value = chosen;
}

function fillWrong() {
  for (const name of FIELDS) {
    const note = field(`${name}-wrong`);
    note.hidden = !wrong.has(name);
    note.textContent = wrong.has(name) ? say(`new.wrong.${name}`) : "";
    field(name).setAttribute("aria-invalid", String(wrong.has(name)));
  }
}

/** Marks the empty fields and goes to the first. */
function check() {
  wrong.clear();
  for (const name of FIELDS.filter((each) => field(each).value.trim() === "")) {
    wrong.add(name);
  }
  fillWrong();
  if (wrong.size > 0) {
    field(FIELDS.find((name) => wrong.has(name))).focus();
  }
  return wrong.size === 0;
}

async function compose() {
  const letter = await post("/api/letters", Object.fromEntries(FIELDS.map((name) => [name, field(name).value])));
  if (from !== null) {
    await remove(`/api/letters/${encodeURIComponent(from)}`);
  }
  location.assign(`/letter?id=${letter.id}`);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  hideProblem();
  if (!check()) {
    return;
  }
  button.disabled = true;
  try {
    await compose();
  } catch (error) {
    failed(error);
  } finally {
    button.disabled = false;
  }
});

try {
  await needCitizen();
  const { bodies } = await get("/api/bodies");
  speaking(() => fillBodies(bodies));
  speaking(fillWrong);
  if (from !== null) {
    const draft = await get(`/api/letters/${encodeURIComponent(from)}`);
    field("body").value = draft.body.id;
    field("subject").value = draft.subject;
    field("text").value = draft.text;
  }
} catch (error) {
  failed(error);
}
