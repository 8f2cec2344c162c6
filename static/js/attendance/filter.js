/* Whom of a long list the page shows. Without this script the server hides the others. */

/** @import { Page } from "./page.js" */
/** @import { Row } from "./row.js" */
import { part, partIfAny, said } from "../parts.js";

/** @param {Page} page */
export function filterList(page) {
  const search = partIfAny(document, "[data-filter]", HTMLElement);
  if (!search) return;
  const form = part(search, "form", HTMLFormElement);
  const name = part(search, "[name=name]", HTMLInputElement);
  const onlyOpen = part(search, "[name=offen]", HTMLInputElement);
  const found = part(search, "[data-found]", HTMLElement);
  part(search, "[data-plain-filter]", HTMLElement).hidden = true;
  const keys = new Map(page.everybody.map((row) => [row, `${german(row.name)} ${plain(row.name)}`]));

  function apply() {
    const words = german(name.value).split(/\s+/).filter(Boolean);
    /** @param {Row} row */
    const isFound = (row) => words.every((word) => keys.get(row)?.includes(word));
    for (const row of page.everybody) row.item.hidden = !isFound(row) || (onlyOpen.checked && row.isRecorded);
    const number = page.everybody.filter((row) => !row.item.hidden).length;
    found.textContent = said(found, "found").replace("{number}", `${number}`).replace("{total}", `${page.rows.size}`);
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    apply();
  });
  form.addEventListener("input", apply);
  name.addEventListener("focus", () => name.select()); // the next name is typed over the last
  if (name.value || onlyOpen.checked) apply();
}

const UMLAUTS = /** @type {const} */ ([["ä", "ae"], ["ö", "oe"], ["ü", "ue"], ["ß", "ss"]]);

/** Müller as Mueller. @param {string} text */
function german(text) {
  const small = text.normalize("NFC").toLowerCase();
  return plain(UMLAUTS.reduce((result, [from, to]) => result.replaceAll(from, to), small));
}

/** Müller as Muller. @param {string} text */
function plain(text) {
  return text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");
}
