/** The citizen's page: who is logged in, and the letters. */
import { get, needCitizen } from "/api.js";
import { failed } from "/shell.js";
import { choose, say, sayDate, speaking } from "/words.js";

function cell(...content) {
  const element = document.createElement("td");
  element.append(...content);
  return element;
}

function link(href, text) {
  const element = document.createElement("a");
  element.href = href;
  element.textContent = text;
  return element;
}

function tag(state) {
  const element = document.createElement("span");
  element.className = `tag ${state}`;
  element.textContent = say(`state.${state}`);
  return element;
}

function download(letter) {
  const element = link(`/api/letters/${letter.id}/signed.pdf`, say("letter.download"));
  element.setAttribute("aria-label", say("letter.download.of", { subject: letter.subject }));
  return element;
}

function row(letter) {
  const element = document.createElement("tr");
  element.dataset.id = letter.id;
  element.dataset.state = letter.state;
  element.append(
    cell(sayDate(letter.sent ?? letter.composed)),
    cell(choose(letter.body)),
    cell(link(`/letter?id=${letter.id}`, letter.subject)),
    cell(tag(letter.state)),
    cell(...(letter.state === "sent" ? [download(letter)] : [])),
  );
  return element;
}

function fill(letters) {
  document.getElementById("none").hidden = letters.length > 0;
  document.getElementById("letters").hidden = letters.length === 0;
  document.querySelector("#letters tbody").replaceChildren(...letters.map(row));
}

try {
  const citizen = await needCitizen();
  document.getElementById("citizen").textContent = citizen.name;
  document.getElementById("personal-number").textContent = citizen.personal_number;
  const { letters } = await get("/api/letters");
  speaking(() => fill(letters));
} catch (error) {
  failed(error);
}
