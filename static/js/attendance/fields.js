/* What can be typed in one person's line. */

/** @import { Said } from "../waiting.js" */
import { part, said } from "../parts.js";

const OPEN = "open";

export class Fields {
  /** @param {HTMLElement} item */
  constructor(item) {
    const pk = said(item, "registration");
    const radios = [...item.querySelectorAll("input")].filter((field) => field.type === "radio");
    /** @type {HTMLInputElement[]} */
    this.radios = radios.filter((radio) => radio.value !== OPEN);
    /* Back to „not recorded“. */
    this.open = radios.find((radio) => radio.value === OPEN);
    this.late = part(item, `[name=late_${pk}]`, HTMLInputElement);
    this.early = part(item, `[name=early_${pk}]`, HTMLInputElement);
    this.note = part(item, `[name=note_${pk}]`, HTMLInputElement);
    /* What the page said when it came, whatever has been typed since. */
    this.loaded = this.#loaded(said(item, "minutes"));
    /* Minutes without a cause come from an import; they can be kept, but not typed. */
    this.imported = importedMinutes(this.loaded);
  }

  /** @param {string} minutes @returns {Said} */
  #loaded(minutes) {
    return {
      status: this.radios.find((radio) => radio.defaultChecked)?.value ?? "",
      late: Number(this.late.defaultValue),
      early: Number(this.early.defaultValue),
      minutes: minutes === "" ? null : Number(minutes),
      note: this.note.defaultValue,
    };
  }

  /** @returns {Said} */
  typed() {
    const status = this.radios.find((radio) => radio.checked)?.value ?? "";
    const isPartial = status === "partial";
    const late = isPartial ? numberIn(this.late) : 0;
    const early = isPartial ? numberIn(this.early) : 0;
    const minutes = isPartial && !late && !early ? this.imported : null;
    return { status, late, early, minutes, note: status === "excused" ? this.note.value.trim() : "" };
  }

  /** @param {Said} values */
  fill({ status, late, early, note }) {
    this.choose(status);
    // Fields of another status keep what was typed: who changes the mind twice need not type twice.
    if (status === "partial") {
      this.late.value = late ? `${late}` : "";
      this.early.value = early ? `${early}` : "";
    }
    if (status === "excused") this.note.value = note;
  }

  /** @param {string} status */
  choose(status) {
    for (const radio of this.radios) radio.checked = radio.value === status;
    if (this.open) this.open.checked = false;
  }

  /* „Partial“ is chosen, and how much that was is not known yet. */
  get lacksMinutes() {
    const { status, late, early, minutes } = this.typed();
    return status === "partial" && !late && !early && minutes === null;
  }

  /** @param {string} status @returns what the page calls it */
  label(status) {
    return this.radios.find((radio) => radio.value === status)?.parentElement?.textContent.trim() ?? "";
  }

  /* What is wrong is said beside them no more. */
  acquit() {
    for (const field of [this.late, this.early, this.note]) field.removeAttribute("aria-invalid");
  }
}

/** @param {Said} values */
export function importedMinutes({ late, early, minutes }) {
  return late || early ? null : minutes;
}

/** @param {HTMLInputElement} field */
function numberIn(field) {
  return Math.max(0, Math.round(Number(field.value)));
}
