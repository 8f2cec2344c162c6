/* Asks the browser for a passkey, a new one or one that is there, and sends what it says with the form.

   Without this script, or where the browser knows no passkeys (they need https), the button stays hidden. */

import { part } from "./parts.js";

/** @typedef {(options: unknown) => Promise<unknown>} Ask */
/** @typedef {{ create: Ask, get: Ask, supported: () => boolean }} WebauthnJson of the sign-in library */

const library = /** @type {{ webauthnJSON?: WebauthnJson }} */ (/** @type {unknown} */ (window)).webauthnJSON;

/** @param {HTMLFormElement} form @param {WebauthnJson} webauthn */
function listen(form, webauthn) {
  const button = part(form, "button", HTMLButtonElement);
  const failure = part(form, "[role=alert]", HTMLElement);
  const credential = part(form, "[name=credential]", HTMLInputElement);
  const { creation_options: toCreate, request_options: toGet } = JSON.parse(
    part(document, "#passkey-options", HTMLElement).textContent,
  );
  button.addEventListener("click", async () => {
    failure.hidden = true;
    try {
      const said = toCreate ? await webauthn.create(toCreate) : await webauthn.get(toGet);
      credential.value = JSON.stringify(said);
      form.submit();
    } catch {
      failure.hidden = false; // cancelled, timed out, or no such key
    }
  });
  for (const shown of document.querySelectorAll("[data-passkey]")) {
    if (shown instanceof HTMLElement) shown.hidden = false;
  }
  for (const without of document.querySelectorAll("[data-without-passkey]")) without.remove();
}

const found = document.querySelector("form[data-passkey]");
if (found instanceof HTMLFormElement && library?.supported()) listen(found, library);
