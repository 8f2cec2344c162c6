/* The code on the wall: the next one comes before the last ends, and one that holds no more is never shown.

   The server takes a code for one step longer than it is shown. So there is time to fetch the next; if the network is
   away for longer, the page says so in place of the code, asks on, and comes back by itself. */

import { part } from "./parts.js";

const ASK_AGAIN = 2000; // milliseconds
const ANSWER_WITHIN = 8000;
const RESERVE = 3000; // to scan or type what can just still be seen
const PARTS = ["[data-room]", "[data-count]"];

/** By the device's clock, in milliseconds since 1970; it goes on while a device sleeps. */
let nextAt = Infinity;
let endsAt = Infinity;
let isAsking = false;

/** When the page, as it is now, was made by the server: at the latest when its request was sent. @param {number} asked */
function plan(asked) {
  const { nextIn, holdsFor } = part(document, "[data-room]", HTMLElement).dataset;
  nextAt = nextIn ? asked + Number(nextIn) * 1000 : Infinity;
  endsAt = holdsFor ? asked + Number(holdsFor) * 1000 - RESERVE : Infinity;
}

async function ask() {
  isAsking = true;
  try {
    await renew();
  } catch {
    nextAt = Date.now() + ASK_AGAIN;
  } finally {
    isAsking = false;
  }
}

async function renew() {
  const asked = Date.now();
  const response = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(ANSWER_WITHIN) });
  if (response.status >= 500) throw new Error(`${response.status}`);
  if (!response.ok || response.redirected) {
    location.reload(); // signed out, or no such session any more: the server says so
    return;
  }
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const news = PARTS.map((selector) => part(page, selector, HTMLElement)); // before anything is replaced
  PARTS.forEach((selector, index) => part(document, selector, HTMLElement).replaceWith(news[index] ?? ""));
  plan(asked);
}

function tick() {
  const now = Date.now();
  if (now >= nextAt && !isAsking) ask();
  const isCut = now >= endsAt;
  part(document, "[data-room]", HTMLElement).hidden = isCut;
  part(document, "[data-cut]", HTMLElement).hidden = !isCut;
}

/* A page that a browser brings back from its memory may be old: what it says of time counts from when it was fetched. */
addEventListener("pageshow", (event) => {
  if (event.persisted) nextAt = endsAt = 0;
  tick();
});
addEventListener("online", () => {
  if (!isAsking) nextAt = Math.min(nextAt, Date.now());
});
document.addEventListener("visibilitychange", tick);
plan(performance.timeOrigin);
setInterval(tick, 250);
