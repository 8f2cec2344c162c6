/* Who comes without a registration, in a room without network: entered on the device, sent later, each once. */

/** @import { WalkIn } from "../waiting.js" */
import { part, partIfAny, said } from "../parts.js";
import * as waiting from "../waiting.js";
import { say } from "./network.js";

const TOKEN = "csrfmiddlewaretoken";
export const TRY = "try to send walk-ins";
const TRY_AGAIN = 20_000; // milliseconds
const ANSWER_WITHIN = 15_000;
let isBusy = false;

/**
 * The page with the form: what is typed is kept first, then sent.
 *
 * @param {HTMLFormElement} form
 * @param {HTMLElement} about
 */
export async function enterWalkIns(form, about) {
  const person = Number(said(about, "person"));
  const session = Number(said(about, "session"));
  let key = location.hash.slice(1);
  const known = (await walkInsOf(person, session)).find((one) => one.key === key);
  if (known) fill(form, known.fields);
  else key = crypto.randomUUID();
  form.addEventListener("submit", async (event) => {
    if (!form.checkValidity()) {
      if (navigator.onLine) return; // the server says it beside each field
      event.preventDefault();
      form.reportValidity();
      return;
    }
    event.preventDefault();
    const typed = [...new FormData(form)].filter(([name]) => name !== TOKEN);
    const fields = typed.map(([name, value]) => [name, `${value}`]);
    /** @type {WalkIn} */
    const walkIn = { key, person, session, registration: 0, said_at: Date.now(), path: location.pathname, fields };
    try {
      if (known) await waiting.remove([known]);
      await waiting.add([walkIn]);
    } catch {
      form.submit(); // the device keeps nothing
      return;
    }
    const { refused } = await trySending(walkIn);
    if (refused !== undefined) await waiting.remove([walkIn]);
    if (refused) form.submit(); // the server says it beside each field
    else location.assign(said(about, "list"));
  });
}

/** Resolves to why it was refused, "" if it was not, nothing if it has to wait. @param {WalkIn} walkIn */
async function trySending(walkIn) {
  try {
    const answer = await send(walkIn);
    return { refused: answer.refused ?? "" };
  } catch {
    return {};
  }
}

/**
 * Those that wait on this device, on the page of a list: sent where there is network, shown where not.
 *
 * @param {HTMLElement} place
 * @param {number} person
 * @param {number} session
 */
export async function sendWalkIns(place, person, session) {
  if (isBusy) return false;
  isBusy = true;
  try {
    return await sendAll(place, person, session);
  } finally {
    isBusy = false;
  }
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
  const found = new DOMParser().parseFromString(await page.text(), "text/html");
  const about = partIfAny(found, "[data-walk-in]", HTMLElement);
  if (page.status === 404) {
    return { refused: partIfAny(document, "[data-walk-ins]", HTMLElement)?.dataset.gone ?? "404" };
  }
  if (!about || Number(said(about, "person")) !== walkIn.person) throw new Error("signed out");
  const body = new FormData();
  body.append(TOKEN, part(found, `main form [name=${TOKEN}]`, HTMLInputElement).value);
  body.append("key", walkIn.key);
  for (const [name = "", value = ""] of walkIn.fields) body.append(name, value);
  const options = { method: "POST", body, headers: { Accept: "application/json" } };
  const response = await fetch(walkIn.path, { ...options, signal: AbortSignal.timeout(ANSWER_WITHIN) });
  if (response.redirected || ![200, 422].includes(response.status)) throw new Error(`${response.status}`);
  return response.json();
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
