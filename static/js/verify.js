/* Is this the file that was issued? Its SHA-256 is computed here, and only that is sent.

   Without this script, or where the browser cannot compute it (Web Crypto needs https), the part stays hidden. */

const LARGEST = 20 * 1024 * 1024; // bytes; a certificate has 40 kB
const TOO_MANY_REQUESTS = 429;

const form = document.getElementById("compare");
const zone = form?.querySelector(".app-drop");
const field = form?.querySelector("[type=file]");
const note = form?.querySelector("[role=status] > p");
let latest = 0;

function say(word, isWarning = false) {
  note.textContent = form.dataset[word];
  note.classList.toggle("app-note--warning", isWarning);
  note.hidden = false;
}

async function sha256(file) {
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function ask(hash) {
  const body = new FormData(form);
  body.set("sha256", hash);
  const response = await fetch(form.action, { method: "POST", body });
  if (response.status === TOO_MANY_REQUESTS) return "wait";
  if (!response.ok) return "failed";
  return (await response.json()).is_the_file ? "same" : "different";
}

async function answerFor(file) {
  if (file.size > LARGEST) return "tooLarge";
  let hash;
  try {
    hash = await sha256(file);
  } catch {
    return "unreadable";
  }
  try {
    return await ask(hash);
  } catch {
    return "failed";
  }
}

/* Whoever drops a second file while the first is asked for hears of the second. */
async function compare(file) {
  const own = ++latest;
  say("calculating");
  const answer = await answerFor(file);
  if (own === latest) say(answer, answer !== "same");
}

function listen() {
  form.addEventListener("submit", (event) => event.preventDefault());
  field.addEventListener("change", () => {
    if (field.files.length) compare(field.files[0]);
  });
  // Anywhere on the page: a file dropped beside the zone would otherwise be opened in place of it.
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.toggle("app-drop--over", zone.contains(event.target));
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) zone.classList.remove("app-drop--over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("app-drop--over");
    const [file] = event.dataTransfer.files;
    if (!file) return;
    field.value = "";
    compare(file);
  });
}

if (form && globalThis.crypto?.subtle) {
  listen();
  form.closest("section").hidden = false;
}
