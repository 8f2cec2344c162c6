/* The page of one's trainings, opened the evening before: it and the lists of the next days go along. */

import { EMPTIED, ready } from "../device.js";
import { part, said } from "../parts.js";
import * as waiting from "../waiting.js";
import { forgetPages, keepPages, whenLoaded } from "./offline.js";

/* Under which the device knows whose pages these are; no session has it. */
const WHOLE = 0;

/** @param {HTMLElement} note says what is kept, for whom to see, until when */
export async function takeAlong(note) {
  await ready;
  const person = Number(said(note, "person"));
  let isSignedIn = true;
  addEventListener(EMPTIED, () => { isSignedIn = false; });
  try {
    for (const session of numbers(said(note, "ended"))) {
      const wait = await waiting.entriesOf(person, session);
      if (!wait.length) await waiting.forget(person, session);
    }
    await waiting.keepList({ person, session: WHOLE, at: Date.now(), rows: [] });
  } catch {
    return; // a device that keeps nothing
  }
  const ended = said(note, "forget").split(" ").filter(Boolean);
  if (ended.length) await forgetPages(ended);
  const pages = said(note, "keep").split(" ").filter(Boolean);
  whenLoaded(async () => {
    await keepPages(note, [location.pathname, ...pages], () => isSignedIn);
    if (pages.length && navigator.serviceWorker) part(note, "p", HTMLElement).hidden = false;
  });
}

/** @param {string} text */
function numbers(text) {
  return text.split(" ").filter(Boolean).map(Number);
}
