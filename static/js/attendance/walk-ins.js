/* Who comes without a registration, in a room without network: entered on the device, sent later, each once. */

/** @import { WalkIn } from "../waiting.js" */
import { part, partIfAny, said } from "../parts.js";
import * as waiting from "../waiting.js";
import { isThere, say } from "./network.js";

const DRAFT = "attendance-walk-in";
const NOT_SENT = "#nicht-gesendet"; // as attendance-worker.js has it
const TOKEN = "csrfmiddlewaretoken";
export const TRY = "try to send walk-ins";
const TRY_AGAIN = 20_000; // milliseconds
const ANSWER_WITHIN = 15_000;
/* One after the other, so that none is sent by two at once. */
let underway = Promise.resolve(false);

/**
 * The page with the form. With network the server takes it and answers beside each field; what was typed is kept
 * meanwhile, and the worker leads back to it if the network goes just then. Without network it waits on the device.
 *
 * @param {HTMLFormElement} form
 * @param {HTMLElement} about
 */
export async function enterWalkIns(form, about) {
  const person = Number(said(about, "person"));
  const session = Number(said(about, "session"));
  const list = said(about, "list");
  const draft = takeDraft();
  if (location.hash === NOT_SENT && draft) {
    await waiting.add([draft]);
    location.replace(list);
    return;
  }
  const known = (await walkInsOf(person, session)).find((one) => `#${one.key}` === location.hash);
  if (known) fill(form, known.fields);
  const key = known?.key ?? crypto.randomUUID();
  form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "key", value: key }));
  form.addEventListener("submit", async (event) => {
    const typed = [...new FormData(form)].map(([name, value]) => [name, `${value}`]);
    const fields = typed.filter(([name]) => name !== TOKEN);
    const walkIn = { key, person, session, registration: 0, said_at: Date.now(), path: location.pathname, fields };
    leaveDraft(walkIn);
    if (isThere() && !known) return;
    event.preventDefault();
    if (!form.reportValidity()) return;
    try {
      if (known) await waiting.remove([known]);
      if (!isThere()) await waiting.add([walkIn]);
    } catch { /* the device keeps nothing: the server has to */ }
    if (isThere()) form.submit();
    else location.assign(list);
  });
}

/** @param {WalkIn} walkIn */
function leaveDraft(walkIn) {
  sessionStorage.setItem(DRAFT, JSON.stringify(walkIn));
}

/** @returns {WalkIn | null} */
export function takeDraft() {
  const draft = sessionStorage.getItem(DRAFT);
  sessionStorage.removeItem(DRAFT);
  return draft && JSON.parse(draft);
}

/**
 * Those that wait on this device, on the page of a list: sent where there is network, shown where not.
 *
 * @param {HTMLElement} place
 * @param {number} person
 * @param {number} session
 */
export function sendWalkIns(place, person, session) {
  underway = underway.then(() => sendAll(place, person, session));
  return underway;
}

/** @param {HTMLElement} place @param {number} person @param {number} session */
async function sendAll(place, person, session) {
  const walkIns = await walkInsOf(person, session);
  let isSent = false;
  for (const walkIn of walkIns.filter((one) => !one.refused)) {
    try {
      const answer = await send(walkIn);
      if (answer.refused) {
        await waiting.remove([walkIn]);
        walkIn.refused = answer.refused;
        delete walkIn.number;
        await waiting.add([walkIn]);
      } else {
        await waiting.remove([walkIn]);
        isSent = true;
      }
      say(true);
    } catch {
      break; // next time
    }
  }
  const left = await walkInsOf(person, session);
  show(place, left);
  if (left.some((one) => !one.refused)) setTimeout(() => dispatchEvent(new Event(TRY)), TRY_AGAIN);
  return isSent;
}

/** @param {number} person @param {number} session @returns {Promise<WalkIn[]>} */
async function walkInsOf(person, session) {
  try {
    return (await waiting.entriesOf(person, session)).flatMap((entry) => ("fields" in entry ? [entry] : []));
  } catch {
    return [];
  }
}

/**
 * Throws where it has to wait.
 *
 * @param {WalkIn} walkIn
 * @returns {Promise<{ done?: string, refused?: string }>}
 */
async function send(walkIn) {
  const page = await fetch(walkIn.path, { cache: "no-store", signal: AbortSignal.timeout(ANSWER_WITHIN) });
  if (page.status === 404) return { refused: said(part(document, "[data-walk-ins]", HTMLElement), "gone") };
  const body = new FormData();
  body.append(TOKEN, tokenOf(await page.text(), walkIn.person));
  for (const [name = "", value = ""] of walkIn.fields) body.append(name, value);
  const options = { method: "POST", body, headers: { Accept: "application/json" } };
  const response = await fetch(walkIn.path, { ...options, signal: AbortSignal.timeout(ANSWER_WITHIN) });
  if (response.redirected || ![200, 422].includes(response.status)) throw new Error(`${response.status}`);
  return response.json();
}

/** Of the page, if it is that of the same person. @param {string} page @param {number} person */
function tokenOf(page, person) {
  const found = new DOMParser().parseFromString(page, "text/html");
  const about = partIfAny(found, "[data-walk-in]", HTMLElement);
  if (!about || Number(said(about, "person")) !== person) throw new Error("signed out");
  return part(found, `main form [name=${TOKEN}]`, HTMLInputElement).value;
}

/** @param {HTMLElement} place @param {WalkIn[]} walkIns */
function show(place, walkIns) {
  place.hidden = !walkIns.length;
  part(place, "ul", HTMLElement).replaceChildren(...walkIns.map((walkIn) => item(place, walkIn)));
}

/** @param {HTMLElement} place @param {WalkIn} walkIn */
function item(place, walkIn) {
  const element = document.createElement("li");
  element.append(`${nameOf(walkIn)}: ${walkIn.refused ?? said(place, "waits")} `);
  const change = Object.assign(document.createElement("a"), { href: `${walkIn.path}#${walkIn.key}` });
  change.textContent = said(place, "change");
  const drop = Object.assign(document.createElement("button"), { type: "button", className: "app-link-button" });
  drop.textContent = said(place, "drop");
  drop.addEventListener("click", async () => {
    await waiting.remove([walkIn]);
    element.remove();
    place.hidden = !part(place, "ul", HTMLElement).children.length;
  });
  element.append(change, " ", drop);
  return element;
}

/** @param {WalkIn} walkIn */
export function nameOf({ fields }) {
  const typed = Object.fromEntries(fields);
  return [typed.first_name, typed.last_name].filter(Boolean).join(" ");
}

/** @param {HTMLFormElement} form @param {string[][]} fields */
function fill(form, fields) {
  for (const [name = "", value = ""] of fields) {
    const field = form.elements.namedItem(name);
    if (field instanceof RadioNodeList) field.value = value;
    else if (field instanceof HTMLInputElement && field.type === "checkbox") field.checked = true;
    else if (field && "value" in field) field.value = value;
  }
}
