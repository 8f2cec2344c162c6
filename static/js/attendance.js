/* One tap per person: saves at once, says so, and goes on without network.

   The page is a form that works without this script. Here every change becomes a mark with a name and a moment of its
   own, which waits on this device until the server has answered it; so none is lost, and one sent twice counts once.

   Three pages use it, so that a device which keeps one has the files of all: the list, the page of one's trainings, and
   the form for who comes without a registration. */

import { Exchange } from "./attendance/exchange.js";
import { filterList } from "./attendance/filter.js";
import { Marking } from "./attendance/marking.js";
import { watchNetwork } from "./attendance/network.js";
import { keepPages, whenLoaded } from "./attendance/offline.js";
import { Page } from "./attendance/page.js";
import { Queue } from "./attendance/queue.js";
import { takeAlong } from "./attendance/teaching.js";
import { TRY, enterWalkIns, sendWalkIns } from "./attendance/walk-ins.js";
import { EMPTIED, ready } from "./device.js";
import { part, partIfAny, said } from "./parts.js";

const LONGEST_TIMER = 2 ** 31 - 1;

/** @param {HTMLFormElement} form */
async function start(form) {
  const page = new Page(form);
  const queue = new Queue(page.person, page.session);
  const exchange = new Exchange(page, queue);
  const recalled = recall(page, queue, exchange);
  filterList(page);
  if (page.opensAt > Date.now()) {
    await recalled;
    keep(page, queue);
    await timeOf(page.opensAt);
  }
  page.open();
  const marking = new Marking(page, queue, exchange, recalled);
  // At once: the first tap does not wait for what the device remembers.
  if (!page.isClosed) listen(page, marking, exchange);
  await recalled;
  // Who may correct a closed list does so with the button.
  if (page.isClosed) {
    await exchange.end("closed");
    return;
  }
  exchange.show();
  marking.markEverybody(); // what was tapped before this script had arrived
  exchange.run();
  sendThoseWhoCame(page);
  for (const occasion of ["online", TRY]) addEventListener(occasion, () => sendThoseWhoCame(page));
  keep(page, queue);
}

/** @param {Page} page @param {Queue} queue */
function keep(page, queue) {
  const paths = [location.pathname, said(page.form, "adding")];
  whenLoaded(() => keepPages(page.form, paths, () => queue.keeps && !queue.isOver));
}

/** @param {Page} page */
async function sendThoseWhoCame({ form, person, session }) {
  const place = part(form, "[data-walk-ins]", HTMLElement);
  if (await sendWalkIns(place, person, session)) part(form, "[data-reload]", HTMLElement).hidden = false;
}

/** Also after the device has slept. @param {number} moment @returns {Promise<void>} */
function timeOf(moment) {
  return new Promise((resolve) => {
    const look = () => {
      if (Date.now() >= moment) resolve();
      else setTimeout(look, Math.min(moment - Date.now(), LONGEST_TIMER));
    };
    document.addEventListener("visibilitychange", () => Date.now() >= moment && resolve());
    look();
  });
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

// Over plain HTTP a browser offers neither storage for pages nor names for marks: the form saves by its button.
if (window.isSecureContext) {
  const texts = partIfAny(document, "[data-only-with-network]", HTMLElement);
  const list = partIfAny(document, "#attendance", HTMLFormElement);
  const teaching = partIfAny(document, "[data-keep]", HTMLElement);
  const walkIn = partIfAny(document, "[data-walk-in]", HTMLElement);
  if (texts) watchNetwork(said(texts, "onlyWithNetwork"));
  if (list) start(list);
  if (teaching) takeAlong(teaching);
  if (walkIn) enterWalkIns(part(document, "main form[method=post]", HTMLFormElement), walkIn);
}
