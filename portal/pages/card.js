/** The card and its reader as this page needs them: one word and its sentence. */
import { watch } from "/piradi.js";

const ORDER = ["ready", "contactless", "in-use", "mute", "no-card"];

function stateOfReader(reader) {
  switch (reader.card) {
    case "present":
      return reader.contactless ? "contactless" : "ready";
    case "in-use":
    case "mute":
      return reader.card;
    default:
      return "no-card";
  }
}

/** Of several readers the one that is nearest to being usable speaks for all. */
export function stateOf({ pcsc, readers }) {
  if (!pcsc) {
    return "pcsc";
  }
  const states = readers.map(stateOfReader);
  return ORDER.find((state) => states.includes(state)) ?? "no-reader";
}

/**
 * Calls listener({state, error}) at once and on each change: state is one of ORDER, "no-reader",
 * "pcsc", or "absent" with a PiradiError.
 */
export function watchCard(listener) {
  return watch((status) => {
    if (status instanceof Error) {
      listener({ state: "absent", error: status });
    } else {
      listener({ state: stateOf(status), error: null });
    }
  });
}
