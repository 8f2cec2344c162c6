/* Copies the address that stands beside the button.

   Without this script the button stays hidden, and the address is selected by hand. */

import { part, said } from "./parts.js";

for (const button of document.querySelectorAll("[data-copies]")) {
  if (!(button instanceof HTMLButtonElement)) continue;
  const field = part(document, `#${said(button, "copies")}`, HTMLInputElement);
  const told = part(document, `#${said(button, "copies")}-copied`, HTMLElement);
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      told.textContent = said(told, "done");
    } catch {
      told.textContent = said(told, "byHand"); // refused, or no https: the address is selected
    }
  });
}
