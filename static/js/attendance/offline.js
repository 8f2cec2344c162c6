/* The page itself is kept by attendance-worker.js, so that it opens without network. */

/** @import { Page } from "./page.js" */
/** @import { Queue } from "./queue.js" */
import { said } from "../parts.js";

/** @param {Page} page @param {Queue} queue */
export async function keepPage({ form }, queue) {
  if (!navigator.serviceWorker || !queue.keeps || queue.isOver) return;
  try {
    await navigator.serviceWorker.register(said(form, "worker"), { scope: said(form, "scope") });
    const { active } = await navigator.serviceWorker.ready;
    if (!queue.isOver) active?.postMessage({ keep: location.pathname, files: filesOfPage() });
  } catch { /* the page works as long as it stays open */ }
}

/* Which files it needs only the page knows: their names bear hashes. */
function filesOfPage() {
  const root = new URL("../../", import.meta.url).href;
  const used = performance.getEntriesByType("resource").map((entry) => entry.name);
  const named = [...document.querySelectorAll("link[href], script[src], img[src]")].map((element) => {
    const address = element.getAttribute("href") ?? element.getAttribute("src") ?? "";
    return new URL(address, document.baseURI).href;
  });
  return [...new Set([...used, ...named])].filter((file) => file.startsWith(root));
}

export async function forgetPage() {
  const registration = await navigator.serviceWorker?.getRegistration();
  registration?.active?.postMessage({ forget: location.pathname });
}
