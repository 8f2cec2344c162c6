/* Without network a page leads only where the device can go: to pages it has kept. */

import { PAGES } from "../waiting.js";

export const CHANGED = "network changed";
let isGone = false;

/** @param {string} words beside a link that leads nowhere now */
export function watchNetwork(words) {
  addEventListener("online", () => say(true));
  addEventListener("offline", () => say(false));
  addEventListener(CHANGED, () => mark(words));
  if (navigator.onLine) probe();
  else say(false);
}

/** @param {boolean} isThere */
export function say(isThere) {
  if (isGone === !isThere) return;
  isGone = !isThere;
  dispatchEvent(new Event(CHANGED));
}

/* A page may have come from the device although the browser believes in its network. */
async function probe() {
  try {
    await fetch(location.pathname, { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(5000) });
  } catch {
    say(false);
  }
}

/** @param {string} words */
async function mark(words) {
  const kept = new Set((await keptPaths()).map((address) => new URL(address, location.origin).pathname));
  for (const link of document.querySelectorAll("a")) {
    const address = link.getAttribute("href") ?? link.dataset.address;
    if (!address || address.startsWith("#")) continue;
    const url = new URL(address, location.href);
    if (url.pathname === location.pathname && url.hash) continue;
    const leadsSomewhere = !isGone || (url.origin === location.origin && kept.has(url.pathname));
    show(link, address, leadsSomewhere, words);
  }
}

/** @param {HTMLAnchorElement} link @param {string} address @param {boolean} leadsSomewhere @param {string} words */
function show(link, address, leadsSomewhere, words) {
  if (leadsSomewhere === link.hasAttribute("href")) return;
  if (!link.closest("main")) link.hidden = !leadsSomewhere; // navigation: less is clearer
  if (leadsSomewhere) {
    link.setAttribute("href", address);
    link.removeAttribute("aria-disabled");
    link.querySelector("[data-no-network]")?.remove();
    return;
  }
  link.dataset.address = address;
  link.removeAttribute("href");
  link.setAttribute("role", "link");
  link.setAttribute("aria-disabled", "true");
  const note = Object.assign(document.createElement("span"), { textContent: ` (${words})` });
  note.dataset.noNetwork = "";
  link.append(note);
}

async function keptPaths() {
  try {
    if (!(await caches.has(PAGES))) return [];
    return (await (await caches.open(PAGES)).keys()).map((request) => request.url);
  } catch {
    return [];
  }
}
