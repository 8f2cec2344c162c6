/* One tap per person: saves at once, says so, and goes on without network.

   The page is a form that works without this script. Here every change becomes a mark with a name and a moment of its
   own, which waits on this device until the server has answered it; so none is lost, and one sent twice counts once. */

import { Exchange } from "./attendance/exchange.js";
import { Marking } from "./attendance/marking.js";
import { keepPage } from "./attendance/offline.js";
import { Page } from "./attendance/page.js";
import { Queue } from "./attendance/queue.js";
import { EMPTIED, ready } from "./device.js";
import { partIfAny } from "./parts.js";

/** @param {HTMLFormElement} form */
async function start(form) {
  const page = new Page(form);
  const queue = new Queue(page.person, page.session);
  const exchange = new Exchange(page, queue);
  const recalled = recall(page, queue, exchange);
  const marking = new Marking(page, queue, exchange, recalled);
  // At once: the first tap does not wait for what the device remembers.
  if (!page.isClosed) listen(page, marking, exchange);
  await recalled;
  // Who may correct a closed list does so with the button.
  if (page.isClosed) {
    await exchange.end(queue.unsent.length ? "closed" : null);
    return;
  }
  exchange.show();
  marking.markEverybody(); // what was tapped before this script had arrived
  exchange.run();
  if (document.readyState === "complete") keepPage(page, queue);
  else addEventListener("load", () => keepPage(page, queue));
}

/** @param {Page} page @param {Queue} queue @param {Exchange} exchange */
async function recall(page, queue, exchange) {
  await ready;
  const newer = await queue.recall(page.madeAt, page.everybody.map((row) => row.asListed()));
  if (newer) {
    page.hear(newer);
    exchange.show();
  }
  for (const tap of [...queue.unsent].reverse()) page.rows.get(tap.registration)?.remember(tap);
}

/** @param {Page} page @param {Marking} marking @param {Exchange} exchange */
function listen(page, marking, exchange) {
  page.savesByItself();
  marking.listen();
  addEventListener("online", () => exchange.run());
  addEventListener("pageshow", (event) => event.persisted && exchange.run());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") exchange.run();
    else marking.markEverybody(); // half a note is better than none
  });
  addEventListener(EMPTIED, () => exchange.stop());
}

const form = partIfAny(document, "#attendance", HTMLFormElement);
// Over plain HTTP a browser offers neither storage for pages nor names for marks: the form saves by its button.
if (form && window.isSecureContext) start(form);
