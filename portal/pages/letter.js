/** One letter: its pages, and while it is a draft, signing and sending it. */
import { get, getBlob, needCitizen, post, remove } from "/api.js";
import { busy, tell } from "/busy.js";
import { sign } from "/piradi.js";
import { hideProblem } from "/problem.js";
import { failed } from "/shell.js";
import { choose, say, sayDate, speaking } from "/words.js";

const id = encodeURIComponent(new URLSearchParams(location.search).get("id") ?? "");
const button = document.getElementById("sign");
const sent = document.getElementById("sent");
let letter = null;

function put(name, text) {
  document.getElementById(name).textContent = text;
}

function page(number) {
  const image = document.createElement("img");
  image.src = `/api/letters/${id}/pages/${number}`;
  image.width = 1190;
  image.height = 1683;
  return image;
}

function fillPaper() {
  const paper = document.getElementById("paper");
  if (paper.childElementCount === 0) {
    paper.append(...Array.from({ length: letter.pages }, (_, index) => page(index + 1)));
  }
  [...paper.children].forEach((image, index) => {
    image.alt = say("paper.page", { page: index + 1, pages: letter.pages });
  });
}

function fill() {
  const isDraft = letter.state === "draft";
  const pdf = document.getElementById("pdf");
  put("title", letter.subject);
  put("body", choose(letter.body));
  put("date", sayDate(letter.sent ?? letter.composed));
  put("state", say(`state.${letter.state}`));
  document.getElementById("facts").dataset.state = letter.state;
  document.getElementById("signing").hidden = !isDraft;
  document.getElementById("change").href = `/new?from=${id}`;
  pdf.href = `/api/letters/${id}/${isDraft ? "draft" : "signed"}.pdf`;
  pdf.textContent = say(isDraft ? "paper.draft" : "paper.signed");
  pdf.target = isDraft ? "_blank" : "";
  pdf.hidden = false;
  fillPaper();
}

function fillSent() {
  sent.replaceChildren(
    ...["sign.done", "sign.done.more"].map((key) => {
      const paragraph = document.createElement("p");
      paragraph.textContent = say(key);
      return paragraph;
    }),
  );
}

async function signAndSend(signal) {
  const draft = await getBlob(`/api/letters/${id}/draft.pdf`);
  tell("sign.asking");
  const signed = await sign(draft, { name: `${letter.subject}.pdf`, signal });
  tell("sign.checking");
  letter = await post(`/api/letters/${id}/signed`, new Blob([signed], { type: "application/pdf" }));
  fill();
  sent.hidden = false;
  sent.focus();
}

button.addEventListener("click", async () => {
  hideProblem();
  try {
    await busy(button, signAndSend);
  } catch (error) {
    failed(error);
  }
});

document.getElementById("discard").addEventListener("click", async () => {
  if (!confirm(say("sign.discard.sure"))) {
    return;
  }
  try {
    await remove(`/api/letters/${id}`);
    location.assign("/letters");
  } catch (error) {
    failed(error);
  }
});

try {
  await needCitizen();
  letter = await get(`/api/letters/${id}`);
  speaking(fill);
  speaking(fillSent);
} catch (error) {
  failed(error);
}
