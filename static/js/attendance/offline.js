/* Pages are kept by attendance-worker.js, so that they open without network. */

import { said } from "../parts.js";

/**
 * @param {HTMLElement} element which names the worker and its scope
 * @param {string[]} paths
 * @param {() => boolean} isWanted asked again once the worker is there
 */
export async function keepPages(element, paths, isWanted) {
  if (!navigator.serviceWorker || !isWanted()) return;
  try {
    await navigator.serviceWorker.register(said(element, "worker"), { scope: said(element, "scope") });
    const { active } = await navigator.serviceWorker.ready;
    if (isWanted()) active?.postMessage({ keep: paths, files: filesOfPage() });
  } catch { /* the page works as long as it stays open */ }
}

/* Which files they need only a page knows: their names bear hashes. All these pages use the same ones. */
function filesOfPage() {
  const root = new URL("../../", import.meta.url).href;
  const used = performance.getEntriesByType("resource").map((entry) => entry.name);
  const named = [...document.querySelectorAll("link[href], script[src], img[src]")].map((element) => {
    const address = element.getAttribute("href") ?? element.getAttribute("src") ?? "";
    return new URL(address, document.baseURI).href;
  });
  return [...new Set([...used, ...named])].filter((file) => file.startsWith(root));
}

/** @param {string[]} paths */
export async function forgetPages(paths) {
  const registration = await navigator.serviceWorker?.getRegistration(paths[0]);
  registration?.active?.postMessage({ forget: paths });
}

/** @param {() => void} act once everything the page uses has arrived */
export function whenLoaded(act) {
  if (document.readyState === "complete") act();
  else addEventListener("load", act);
}
