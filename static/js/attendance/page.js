/* The page as one list: its rows, what it counts, and what it says below and above them. */

/** @import { Listed, Tap } from "../waiting.js" */
/** @import { State } from "./words.js" */
import { part, partIfAny, said } from "../parts.js";
import { Row } from "./row.js";

export class Page {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    this.person = Number(said(form, "person"));
    this.session = Number(said(form, "session"));
    this.madeAt = Number(said(form, "at"));
    this.isClosed = "closed" in form.dataset;
    this.startsAt = Number(said(form, "starts"));
    this.opensAt = Number(form.dataset.opens ?? 0);
    this.isSure = false; // the button for everybody was tapped once, before the session has begun
    this.reason = partIfAny(form, "[name=reason]", HTMLInputElement);
    this.allPresent = partIfAny(form, "[name=all_present]", HTMLButtonElement);
    this.undo = part(form, "[data-undo]", HTMLButtonElement);
    const texts = this.part("[data-texts]");
    /** @param {string} name */
    this.text = (name) => said(texts, name);
    const most = Number(said(form, "most"));
    /** @type {NodeListOf<HTMLElement>} */
    const items = form.querySelectorAll("[data-registration]");
    this.rows = new Map([...items].map((item) => {
      const row = new Row(item, this.text, most);
      return [row.pk, row];
    }));
  }

  /** @param {string} selector */
  part(selector) {
    return part(this.form, selector, HTMLElement);
  }

  get everybody() {
    return [...this.rows.values()];
  }

  /** @param {Element} field */
  rowOf(field) {
    const item = field.closest("[data-registration]");
    return item instanceof HTMLElement ? this.rows.get(Number(item.dataset.registration)) : undefined;
  }

  /* It is time: the list of who is expected becomes the list of who is there. */
  open() {
    partIfAny(document, "[data-early]", HTMLElement)?.remove();
    const filter = partIfAny(document, "[data-filter]", HTMLElement);
    if (filter) filter.hidden = false;
    this.form.hidden = false;
  }

  /** Of what can be taken back. @param {Row[]} rows */
  offerUndo(rows) {
    const [first] = rows;
    this.undo.hidden = !first;
    if (!first) return;
    const words = said(this.undo, rows.length === 1 ? "one" : "many");
    part(this.undo, ".kern-label", HTMLElement).textContent = words
      .replace("{name}", first.name)
      .replace("{number}", `${rows.length}`);
  }

  /* The button is not needed, and the number of those who are not recorded is kept up at the foot. */
  savesByItself() {
    this.part("[data-save]").hidden = true;
    partIfAny(this.form, "[data-plain]", HTMLElement)?.remove();
  }

  /** @param {State} state @param {string} words */
  show(state, words) {
    const recorded = this.everybody.filter((row) => row.isRecorded).length;
    const count = this.part("[data-count]");
    count.textContent = said(count, "count").replace("{done}", `${recorded}`).replace("{total}", `${this.rows.size}`);
    if (this.allPresent) {
      this.allPresent.hidden = this.everybody.every((row) => row.isChosen);
      const name = said(this.allPresent, this.isSure ? "sure" : recorded ? "others" : "all");
      part(this.allPresent, ".kern-label", HTMLElement).textContent = name;
    }
    const status = this.part("[data-status]");
    if (status.textContent !== words) status.textContent = words; // said once, not with every request
    status.dataset.status = state;
    this.part("[data-sign-in]").hidden = state !== "signedOut";
  }

  /** Shows what the server says, except where somebody has just said something else. @param {Listed[]} list */
  hear(list) {
    const listed = new Set(list.map((values) => values.registration));
    for (const values of list) this.rows.get(values.registration)?.hear(values);
    for (const row of this.everybody) if (!listed.has(row.pk)) row.leave();
    if (list.some((values) => !this.rows.has(values.registration))) this.offerReload();
  }

  offerReload() {
    this.part("[data-reload]").hidden = false;
  }

  /** @param {Tap} tap @param {string} why */
  refuse(tap, why) {
    const row = this.rows.get(tap.registration);
    row?.reset();
    const label = row?.fields.label(tap.status) || this.text("notRecorded");
    row?.object(this.text("notSaved").replace("{status}", label).replace("{text}", why));
  }

  /** Who waited for an answer reads what was refused. @param {string} why @param {string[]} lost */
  end(why, lost) {
    const note = this.part("[data-refused]");
    part(note, "p", HTMLElement).hidden = !lost.length;
    const items = lost.map((textContent) => Object.assign(document.createElement("li"), { textContent }));
    part(note, "ul", HTMLElement).append(...items);
    note.append(Object.assign(document.createElement("p"), { textContent: why }));
    note.hidden = false;
    for (const row of this.everybody) row.lock();
    this.part(".app-sticky-actions").hidden = true;
    note.scrollIntoView({ block: "center" });
  }

  /** @param {Tap} tap */
  wordsOf(tap) {
    const row = this.rows.get(tap.registration);
    return row ? `${row.name}: ${row.fields.label(tap.status) || this.text("notRecorded")}` : `${tap.registration}`;
  }
}
