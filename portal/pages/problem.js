/** What went wrong, in the person's words, in the page's one place for it. */
import { canSay, say, speaking } from "/words.js";

const box = document.getElementById("problem");
let shown = null;

function sentence(error) {
  const key = `error.${error.code}`;
  return say(error.code !== undefined && canSay(key) ? key : "error.UNKNOWN");
}

function paragraph(text, kind) {
  const element = document.createElement("p");
  element.textContent = text;
  element.className = kind ?? "";
  return element;
}

function fill() {
  if (shown === null) {
    return;
  }
  box.dataset.code = shown.code ?? "UNKNOWN";
  box.replaceChildren(paragraph(sentence(shown)));
  if (Number.isInteger(shown.triesLeft)) {
    box.append(paragraph(say("problem.tries", { tries: shown.triesLeft })));
  }
  if (shown.incident !== undefined) {
    box.append(paragraph(say("problem.incident", { incident: shown.incident }), "faint"));
  }
}

/** Shows a PiradiError, a Problem, or anything else that was thrown; moves the focus to it. */
export function showProblem(error) {
  if (error.code === undefined) {
    console.error(error);
  }
  shown = error;
  fill();
  box.hidden = false;
  box.focus();
}

export function hideProblem() {
  shown = null;
  box.hidden = true;
  box.replaceChildren();
}

speaking(fill);
