/** One piece of work at a time: its button rests, it can be cancelled, its step is told. */
import { say, speaking } from "/words.js";

const progress = document.getElementById("progress");
const cancel = document.getElementById("cancel");
let step = null;
let controller = null;

function fill() {
  progress.textContent = step === null ? "" : say(step);
}

/** Says what is going on now; null: nothing. */
export function tell(key) {
  step = key;
  fill();
}

/** Runs work(signal) with the button at rest. A cancelled work ends silently. */
export async function busy(button, work) {
  controller = new AbortController();
  const { signal } = controller;
  button.disabled = true;
  cancel.hidden = false;
  try {
    await work(signal);
  } catch (error) {
    if (!signal.aborted) {
      throw error;
    }
  } finally {
    tell(null);
    cancel.hidden = true;
    button.disabled = false;
  }
}

cancel.addEventListener("click", () => controller?.abort());
speaking(fill);
