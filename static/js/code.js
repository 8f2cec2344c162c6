/* Says on the open page, too, when the mail server takes nothing: looked up a few times after a code was asked for.

   Without this script the page says it when it is loaded anew. */

import { part } from "./parts.js";

const AFTER = [10_000, 30_000, 60_000, 180_000]; // milliseconds since the page was opened

async function look() {
  const response = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!response?.ok || response.redirected) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const said = page.getElementById("held-up");
  const shown = part(document, "#held-up", HTMLElement);
  if (said && said.textContent !== shown.textContent) shown.replaceChildren(...said.childNodes);
}

for (const after of AFTER) setTimeout(look, after);
