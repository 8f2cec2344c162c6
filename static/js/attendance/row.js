/* One person's line. */

/** @import { Listed, Said, Tap } from "../waiting.js" */
import { part, partIfAny, said } from "../parts.js";
import { Fields, importedMinutes } from "./fields.js";

export class Row {
  /** @type {string[]} keys of marks */
  #unanswered = [];
  #wasTooMuch = false;
  #isGone = false;
  /** @type {string | null} the status marked here last, while nothing else was heard */
  #own = null;
  #isOvertaken = false;
  /**
   * @param {HTMLElement} item
   * @param {(name: string) => string} text
   * @param {number} most minutes of the session
   */
  constructor(item, text, most) {
    this.item = item;
    this.text = text;
    this.most = most;
    this.pk = Number(said(item, "registration"));
    this.name = part(item, "[data-name]", HTMLElement).textContent;
    this.fieldset = part(item, "fieldset", HTMLFieldSetElement);
    this.fields = new Fields(item);
    /* As the server says. */
    this.standing = this.fields.loaded;
    /* What was marked last, here or, as the server says, elsewhere. */
    this.last = this.standing;
  }

  /** @returns {Listed} */
  asListed() {
    return { registration: this.pk, ...this.standing };
  }

  #differs() {
    const { status, late, early, note } = this.fields.typed();
    const { last } = this;
    return status !== last.status || late !== last.late || early !== last.early
      || (status === "excused" && note !== last.note);
  }

  /* Whether there is something to save; says beside the row what is missing. */
  saysSomethingNew() {
    const typed = this.fields.typed();
    if (this.#isGone) return false;
    const missed = typed.late + typed.early;
    const isPartial = typed.status === "partial";
    const needsMinutes = this.fields.lacksMinutes;
    const isTooMuch = missed >= this.most;
    this.#count(typed, needsMinutes);
    if (isTooMuch !== this.#wasTooMuch) this.object(isTooMuch ? this.text("tooManyMinutes") : "");
    this.#wasTooMuch = isTooMuch;
    if (needsMinutes) return Boolean(this.last.status); // what was recorded before does not hold any more
    return !(isPartial && isTooMuch) && this.#differs();
  }

  /** What is to be recorded: who is „partial“ without minutes is open until they are known. @returns {Said} */
  get said() {
    return this.fields.lacksMinutes ? { ...NOTHING } : this.fields.typed();
  }

  get isRecorded() {
    return Boolean(this.last.status) && !this.fields.lacksMinutes;
  }

  get isChosen() {
    return Boolean(this.fields.typed().status);
  }

  /** @param {Said} values @param {boolean} [needsMinutes] */
  #count({ status, late, early, minutes: imported }, needsMinutes = false) {
    const counted = imported ?? Math.max(0, this.most - late - early);
    const sentence = this.text("counted").replace("{minutes}", `${counted}`).replace("{most}", `${this.most}`);
    const place = part(this.item, "[data-counted]", HTMLElement);
    if (status !== "partial") place.textContent = "";
    else place.textContent = needsMinutes ? this.text("needsMinutes") : sentence;
  }

  /** A mark was made on this device. @param {Said & { key: string }} tap */
  take(tap) {
    this.#unanswered.push(tap.key);
    if (!this.fields.lacksMinutes) this.show(tap);
    this.last = tap;
    this.#own = tap.status;
    this.#isOvertaken = false;
    this.differ("");
  }

  /** A mark was made on this device before the page was opened: the last first. @param {Tap} tap */
  remember(tap) {
    if (this.#unanswered.length) this.#unanswered.unshift(tap.key);
    else this.take(tap);
  }

  /* The name of the mark made here that still stands. */
  get lastMark() {
    return "key" in this.last ? this.last.key : null;
  }

  get lastKey() {
    return this.#unanswered.at(-1) ?? null;
  }

  /** @param {string} key */
  answered(key) {
    this.#unanswered = this.#unanswered.filter((one) => one !== key);
  }

  /** @param {Listed} values */
  hear({ differs, ...values }) {
    const heard = { ...NOTHING, ...values };
    const isUnfinished = this.#differs() || this.fields.lacksMinutes || this.#unanswered.length
      || this.item.contains(typingIn());
    this.standing = heard;
    if (heard.status === "partial") this.fields.imported = importedMinutes(heard);
    if (!this.#unanswered.length && (differs || !this.#isOvertaken)) this.differ(differs ?? "");
    if (isUnfinished) return;
    if (this.lastMark && isSame(heard, this.last)) return; // as marked here
    if (!differs && this.#own !== null && this.#own !== heard.status) this.#overtaken(this.#own);
    this.last = heard;
    this.show(heard);
  }

  /** Somebody said otherwise, here or elsewhere. @param {string} sentence */
  differ(sentence) {
    const place = part(this.item, "[data-differs]", HTMLElement);
    if (place.textContent !== sentence) place.textContent = sentence;
  }

  /** @param {string} status */
  #overtaken(status) {
    const label = this.fields.label(status) || this.text("notRecorded");
    this.differ(this.text("overtaken").replace("{status}", label));
    this.#own = null;
    this.#isOvertaken = true;
  }

  reset() {
    if (this.#unanswered.length) return;
    this.#own = null;
    this.#isOvertaken = false;
    this.differ("");
    this.last = this.standing;
    this.show(this.standing);
  }

  /** @param {Said} values */
  show(values) {
    this.fields.fill(values);
    this.#count({ ...values, minutes: importedMinutes(values) });
  }

  /** Says beside the row what is wrong; with "" that nothing is. @param {string} sentence */
  object(sentence) {
    partIfAny(this.item, ".kern-error", HTMLElement)?.remove();
    this.fieldset.removeAttribute("aria-describedby");
    this.fields.acquit();
    if (!sentence) return;
    const note = errorNote(`error_${this.pk}`, sentence);
    this.fieldset.append(note);
    this.fieldset.setAttribute("aria-describedby", note.id);
  }

  leave() {
    if (this.#isGone) return;
    this.#isGone = true;
    this.lock();
    this.object(this.text("noPlace"));
  }

  lock() {
    this.fieldset.disabled = true;
  }
}

/** @param {Said} one @param {Said} other */
function isSame(one, other) {
  return one.status === other.status && one.late === other.late && one.early === other.early && one.note === other.note;
}

const NOTHING = { status: "", late: 0, early: 0, minutes: null, note: "" };

/** @param {string} id @param {string} sentence */
function errorNote(id, sentence) {
  const note = Object.assign(document.createElement("p"), { className: "kern-error", id });
  note.setAttribute("role", "alert");
  const icon = Object.assign(document.createElement("span"), { className: "kern-icon kern-icon--danger" });
  icon.setAttribute("aria-hidden", "true");
  note.append(icon, Object.assign(document.createElement("span"), { className: "kern-body", textContent: sentence }));
  return note;
}

function typingIn() {
  const field = document.activeElement;
  return field?.matches("input:not([type=radio])") ? field : null;
}
