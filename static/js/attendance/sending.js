/* Marks go to the server, and its answer comes back. */

/** @import { Listed, Tap } from "../waiting.js" */
/** @import { Page } from "./page.js" */
/** @import { State } from "./words.js" */
import { part, partIfAny, said } from "../parts.js";

/**
 * @typedef {object} Answer
 * @property {{ key: string, refused?: string, asks_reason?: boolean }[]} answers
 * @property {Listed[]} list
 * @property {boolean} closed
 * @property {number} at
 * @property {string} error in place of all the others, where the request was refused
 */

const ANSWER_WITHIN = 15_000; // milliseconds
const TOKEN = "[name=csrfmiddlewaretoken]";

/* The marks have to wait. */
export class Failure extends Error {
  /** @param {State} state */
  constructor(state) {
    super(state);
    this.state = state;
  }
}

/**
 * Resolves to status and answer; a Failure says that the marks have to wait.
 *
 * @param {Page} page
 * @param {Tap[]} taps
 * @returns {Promise<[number, Answer]>}
 */
export async function send(page, taps, isSecondTry = false) {
  const token = part(page.form, TOKEN, HTMLInputElement);
  const body = { person: page.person, sent_at: Date.now(), taps };
  const headers = { "Accept": "application/json", "Content-Type": "application/json", "X-CSRFToken": token.value };
  const options = { method: "POST", headers, body: JSON.stringify(body), signal: AbortSignal.timeout(ANSWER_WITHIN) };
  const response = await fetch(said(page.form, "taps"), options);
  if (response.status === 401) throw new Failure("signedOut");
  if (response.status === 403 && !isSecondTry) {
    token.value = await newToken(page.person);
    return send(page, taps, true);
  }
  if (![200, 400, 404, 413].includes(response.status)) throw new Failure("offline");
  return [response.status, await response.json()]; // what is not JSON comes from something between us and the server
}

/** Signing in again ends the token of pages opened before. @param {number} person */
async function newToken(person) {
  const options = /** @type {const} */ ({ cache: "no-store", signal: AbortSignal.timeout(ANSWER_WITHIN) });
  const response = await fetch(location.pathname, options);
  const answer = new DOMParser().parseFromString(await response.text(), "text/html");
  const form = partIfAny(answer, "#attendance", HTMLFormElement);
  if (!form || Number(form.dataset.person) !== person) throw new Failure(response.ok ? "signedOut" : "offline");
  return part(form, TOKEN, HTMLInputElement).value;
}
