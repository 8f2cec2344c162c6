/* On every page of somebody who has signed in: what others kept on this device is not shown, and who signs out leaves
   nothing behind. */

import * as waiting from "./waiting.js";

const EMPTIED = "device emptied";
const tabs = new BroadcastChannel("device");
const forms = document.querySelectorAll("form[data-sign-out]");

/* Resolves when nothing of other people is left to show. */
export const ready = window.isSecureContext && forms.length ? tidy(Number(forms[0].dataset.signOut)) : Promise.resolve();

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

async function signOut(form) {
  const { waitingOne, waitingMany, offline, signOut: person } = form.dataset;
  try {
    const number = (await waiting.isThere()) ? (await waiting.tapsOf(Number(person))).length : 0;
    const warning = number === 1 ? waitingOne : waitingMany.replace("{number}", number);
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
  note.textContent = offline;
  document.getElementById("main").replaceChildren(note);
}

tabs.onmessage = ({ data }) => {
  if (data !== EMPTIED) return;
  dispatchEvent(new Event(EMPTIED));
  document.getElementById("main").replaceChildren();
  location.reload();
};
