/* On every page of somebody who has signed in: what others kept on this device is not shown, and who signs out leaves
   nothing behind. */

import { part, said } from "./parts.js";
import * as waiting from "./waiting.js";

export const EMPTIED = "device emptied";
const tabs = new BroadcastChannel("device");
/** @type {NodeListOf<HTMLFormElement>} */
const forms = document.querySelectorAll("form[data-sign-out]");

/* Resolves when nothing of other people is left to show. */
export const ready = window.isSecureContext && forms[0] ? tidy(personOf(forms[0])) : Promise.resolve();

/** @param {HTMLFormElement} form */
function personOf(form) {
  return Number(form.dataset.signOut);
}

/** @param {number} person */
async function tidy(person) {
  try {
    if (await waiting.isThere()) await waiting.onlyOf(person);
    const workers = (await navigator.serviceWorker?.getRegistrations()) ?? [];
    for (const { active } of workers) active?.postMessage({}); // it looks for what is too old
  } catch { /* a browser that keeps nothing has nothing to tidy */ }
}

for (const form of forms) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    signOut(form);
  });
}

/** @param {HTMLFormElement} form */
async function signOut(form) {
  try {
    const number = (await waiting.isThere()) ? (await waiting.entriesOf(personOf(form))).length : 0;
    const warning = said(form, number === 1 ? "waitingOne" : "waitingMany").replace("{number}", `${number}`);
    if (number && !confirm(warning)) return;
    dispatchEvent(new Event(EMPTIED));
    await waiting.empty();
    tabs.postMessage(EMPTIED);
  } catch { /* where nothing can be kept; the answer clears the rest */ }
  if (navigator.onLine) {
    form.submit();
    return;
  }
  const note = document.createElement("p");
  note.className = "app-note app-note--warning";
  note.setAttribute("role", "alert");
  note.textContent = said(form, "offline");
  main().replaceChildren(note);
}

tabs.addEventListener("message", (event) => {
  if (event.data !== EMPTIED) return;
  dispatchEvent(new Event(EMPTIED));
  main().replaceChildren();
  location.reload();
});

function main() {
  return part(document, "#main", HTMLElement);
}
