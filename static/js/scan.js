/* Codes that people show become marks on the list, also without network: read by the camera, or typed.

   A mark is made as a tap makes it, so the list's own script saves it, keeps it while there is no network, and says so.
   Without this script the form asks the server. */

import { part, partIfAny, said } from "./parts.js";
import { Camera } from "./scan/camera.js";
import { Codes } from "./scan/codes.js";

const SEEN_AGAIN = 4000; // milliseconds: the same code, held on, is not read twice

/** @param {HTMLElement} place */
function start(place) {
  const codes = new Codes(place);
  const form = part(place, "[data-typed]", HTMLFormElement);
  const field = part(form, "[name=code]", HTMLInputElement);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const verdict = await take(codes, field.value);
    say(place, verdict);
    if (verdict.kind === "done") form.reset();
    field.focus();
  });
  if (navigator.mediaDevices) offerCamera(place, codes);
}

/** @param {HTMLElement} place @param {Codes} codes */
function offerCamera(place, codes) {
  const box = part(place, "[data-camera]", HTMLElement);
  const picture = part(box, "[data-picture]", HTMLVideoElement);
  const button = part(box, "[data-switch]", HTMLButtonElement);
  const last = { text: "", at: 0 };
  const camera = new Camera(picture, async (text) => {
    const isSeenAgain = text === last.text && Date.now() - last.at < SEEN_AGAIN;
    Object.assign(last, { text, at: Date.now() });
    if (!isSeenAgain) say(place, await take(codes, text));
  });
  const show = () => {
    part(button, ".kern-label", HTMLElement).textContent = said(button, camera.isOn ? "off" : "on");
    picture.hidden = !camera.isOn;
  };
  const end = () => {
    camera.end();
    show();
  };
  button.addEventListener("click", async () => {
    if (camera.isOn) {
      end();
      say(place, { kind: "" });
      return;
    }
    const problem = await camera.begin();
    say(place, { kind: problem || "looking" });
    show();
  });
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && end());
  addEventListener("pagehide", end);
  place.addEventListener("toggle", () => place.hasAttribute("open") || end());
  box.hidden = false;
}

/**
 * @typedef {object} Verdict
 * @property {string} kind names the sentence
 * @property {string} [person]
 * @property {string} [status]
 */

/** @param {Codes} codes @param {string} text @returns {Promise<Verdict>} */
async function take(codes, text) {
  const read = await codes.read(text);
  const row = partIfAny(document, `#attendance [data-registration="${read.registration ?? 0}"]`, HTMLElement);
  if (!row) return { kind: read.problem ?? "unknown" };
  const person = part(row, "[data-name]", HTMLElement).textContent.trim();
  if (part(row, "fieldset", HTMLFieldSetElement).disabled) return { kind: "noPlace", person };
  const chosen = partIfAny(row, "input[type=radio]:checked", HTMLInputElement);
  if (chosen?.value === "present") return { kind: "recorded", person };
  if (chosen) return { kind: "otherwise", person, status: chosen.parentElement?.textContent.trim() ?? "" };
  const present = part(row, 'input[type=radio][value="present"]', HTMLInputElement);
  present.checked = true;
  present.dispatchEvent(new Event("change", { bubbles: true }));
  return { kind: "done", person };
}

/** @param {HTMLElement} place @param {Verdict} verdict */
function say(place, { kind, person = "", status = "" }) {
  const line = part(place, "[data-said]", HTMLElement);
  const sentence = kind && said(part(place, "[data-scan-texts]", HTMLElement), kind);
  line.dataset.kind = kind;
  line.textContent = sentence.replace("{person}", person).replace("{status}", status);
}

const place = partIfAny(document, "[data-scan]", HTMLElement);
// Over plain HTTP a browser lends no camera and computes no hash: the form asks the server.
if (place && window.isSecureContext) start(place);
