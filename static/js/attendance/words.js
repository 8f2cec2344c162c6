/* What the page says of the marks: saved, on their way, or waiting. */

/** @import { Queue } from "./queue.js" */

/** @typedef {"" | "saved" | "saving" | "offline" | "signedOut"} State */

/**
 * Never ahead of the truth: what is on its way is not saved.
 *
 * @param {State} state
 * @param {Queue} queue
 */
export function stateShown(state, queue) {
  return state === "saved" && queue.length ? "saving" : state;
}

/**
 * @param {State} state as shown
 * @param {Queue} queue
 * @param {(name: string) => string} text
 */
export function wordsFor(state, queue, text) {
  if (!queue.keeps && queue.unsent.length) return text("notKept");
  if (state === "saving" || state === "saved") return text(state);
  if (state === "") return "";
  const waiting = queue.unsent.length; // not what is still on its way into the device's memory
  const many = ["None", "One"][waiting] ?? "Many";
  return text(state + many).replace("{number}", `${waiting}`);
}
