/** The login page: the card's state, live, and the login, which waits for the card by itself. */
import { getSession, post } from "/api.js";
import { busy, tell } from "/busy.js";
import { watchCard } from "/card.js";
import { authenticate } from "/piradi.js";
import { hideProblem, showProblem } from "/problem.js";
import { canSay, say, speaking } from "/words.js";

/* Where waiting helps: the person can do something at the reader, and the page will see it. */
const WAITABLE = ["no-reader", "no-card", "mute", "contactless", "pcsc"];

const button = document.getElementById("login");
const card = document.getElementById("card");
const cardText = document.getElementById("card-text");

let current = { state: "looking", error: null };
let wake = null;

function fillCard() {
  const code = `error.${current.error?.code}`;
  card.dataset.state = current.state;
  cardText.textContent =
    current.state === "absent" ? say(canSay(code) ? code : "error.UNKNOWN") : say(`card.${current.state}`);
}

function onCard(change) {
  const changed = change.state !== current.state || change.error?.code !== current.error?.code;
  current = change;
  if (changed) {
    fillCard();
  }
  if (!WAITABLE.includes(change.state)) {
    wake?.();
  }
}

/** Until the card is there; rejects when cancelled. */
function cardArrives(signal) {
  if (!WAITABLE.includes(current.state)) {
    return Promise.resolve();
  }
  tell("login.waiting");
  return new Promise((resolve, reject) => {
    wake = resolve;
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}

async function login(signal) {
  await cardArrives(signal);
  const { nonce } = await post("/api/nonce");
  tell("login.asking");
  const token = await authenticate(nonce, { signal });
  tell("login.checking");
  await post("/api/login", { token });
  location.assign("/letters");
}

button.addEventListener("click", async () => {
  hideProblem();
  try {
    await busy(button, login);
  } catch (error) {
    showProblem(error);
  }
});

speaking(fillCard);
try {
  const { citizen } = await getSession();
  if (citizen !== null) {
    location.replace("/letters");
  }
} catch (error) {
  showProblem(error);
}
watchCard(onCard);
