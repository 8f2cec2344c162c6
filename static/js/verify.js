/* Is this the file that was issued? Its SHA-256 is computed here, and only that is sent.

   Without this script, or where the browser cannot compute it (Web Crypto needs https), the part stays hidden. */

import { part, partIfAny, said } from "./parts.js";

const LARGEST = 20 * 1024 * 1024; // bytes; a certificate has 40 kB
const TOO_MANY_REQUESTS = 429;

/** @typedef {"same" | "different" | "wait" | "failed" | "tooLarge" | "unreadable"} Finding */

/** @param {File} file */
async function sha256(file) {
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {HTMLFormElement} form @param {string} hash @returns {Promise<Finding>} */
async function ask(form, hash) {
  const body = new FormData(form);
  body.set("sha256", hash);
  const response = await fetch(form.action, { method: "POST", body });
  if (response.status === TOO_MANY_REQUESTS) return "wait";
  if (!response.ok) return "failed";
  return (await response.json()).is_the_file ? "same" : "different";
}

/** @param {HTMLFormElement} form @param {File} file @returns {Promise<Finding>} */
async function findingOn(form, file) {
  if (file.size > LARGEST) return "tooLarge";
  let hash;
  try {
    hash = await sha256(file);
  } catch {
    return "unreadable";
  }
  try {
    return await ask(form, hash);
  } catch {
    return "failed";
  }
}

/** @param {HTMLFormElement} form @returns what compares a file and says the finding */
function comparison(form) {
  const note = part(form, "[role=status] > p", HTMLElement);
  let latest = 0;

  /** @param {Finding | "calculating"} word @param {boolean} isWarning */
  function say(word, isWarning) {
    note.textContent = said(form, word);
    note.classList.toggle("app-note--warning", isWarning);
    note.hidden = false;
  }

  /** Whoever drops a second file while the first is asked for hears of the second. @param {File} file */
  return async function compare(file) {
    const own = ++latest;
    say("calculating", false);
    const finding = await findingOn(form, file);
    if (own === latest) say(finding, finding !== "same");
  };
}

/** @param {HTMLFormElement} form */
function listen(form) {
  const zone = part(form, ".app-drop", HTMLElement);
  const field = part(form, "[type=file]", HTMLInputElement);
  const compare = comparison(form);
  form.addEventListener("submit", (event) => event.preventDefault());
  field.addEventListener("change", () => {
    if (field.files?.[0]) compare(field.files[0]);
  });
  // Anywhere on the page: a file dropped beside the zone would otherwise be opened in place of it.
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.toggle("app-drop--over", event.target instanceof Node && zone.contains(event.target));
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) zone.classList.remove("app-drop--over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("app-drop--over");
    const file = event.dataTransfer?.files[0];
    if (!file) return;
    field.value = "";
    compare(file);
  });
}

const form = partIfAny(document, "#compare", HTMLFormElement);
if (form && globalThis.crypto?.subtle) {
  listen(form);
  form.closest("section")?.removeAttribute("hidden");
}
