/* What is tapped and typed becomes marks, each with a name and a moment of its own. */

/** @import { Said, Tap } from "../waiting.js" */
/** @import { Exchange } from "./exchange.js" */
/** @import { Page } from "./page.js" */
/** @import { Queue } from "./queue.js" */
/** @import { Row } from "./row.js" */

const TYPING_PAUSE = 800; // milliseconds
const FOR_MINUTES = 8000; // so long what was recorded before holds, while the minutes of „partial“ are typed
const SURE_WITHIN = 10_000;

export class Marking {
  /** @type {{ row: Row, before: Said, key: string }[]} what was marked last, as one can take it back */
  #latest = [];

  /**
   * @param {Page} page
   * @param {Queue} queue
   * @param {Exchange} exchange
   * @param {Promise<void>} recalled when it is known what this device remembers
   */
  constructor(page, queue, exchange, recalled) {
    this.page = page;
    this.queue = queue;
    this.exchange = exchange;
    this.recalled = recalled;
  }

  listen() {
    const { form, allPresent, undo } = this.page;
    const typing = new Map();
    form.addEventListener("change", ({ target }) => this.#changed(target));
    form.addEventListener("input", ({ target }) => {
      if (target instanceof HTMLInputElement && target.type === "radio") return;
      clearTimeout(typing.get(target));
      typing.set(target, setTimeout(() => this.#changed(target), TYPING_PAUSE));
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (allPresent && event.submitter === allPresent) this.#everybodyIsHere();
      else this.markEverybody();
    });
    undo.addEventListener("click", () => this.#takeBack());
  }

  /** @param {EventTarget | null} field */
  #changed(field) {
    const row = field instanceof Element && this.page.rowOf(field);
    if (!row) return;
    if (!row.fields.lacksMinutes) {
      this.#mark([row]);
      return;
    }
    row.saysSomethingNew(); // asks for the minutes beside the row
    this.exchange.show();
    setTimeout(() => row.fields.lacksMinutes && this.#mark([row]), FOR_MINUTES);
  }

  /* Before the session has begun hardly everybody can be there: the first tap asks. */
  #everybodyIsHere() {
    const { page } = this;
    if (Date.now() < page.startsAt && !page.isSure) {
      page.isSure = true;
      setTimeout(() => this.#unsure(), SURE_WITHIN);
      this.exchange.show();
      return;
    }
    this.#unsure();
    const others = page.everybody.filter((row) => !row.isChosen);
    for (const row of others) row.fields.choose("present");
    this.#mark(others);
  }

  #unsure() {
    this.page.isSure = false;
    this.exchange.show();
  }

  markEverybody() {
    this.#mark(this.page.everybody);
  }

  /** Makes a mark of each row that says something new. @param {Row[]} candidates */
  #mark(candidates) {
    if (this.queue.isOver) return;
    const news = this.#withReason(candidates.filter((row) => row.saysSomethingNew()));
    const marks = news.map((row) => ({ row, before: row.last, tap: this.#tap(row, row.said) }));
    if (!marks.length) {
      this.exchange.show();
      return;
    }
    this.#remember(marks.map(({ row, before, tap }) => ({ row, before, key: tap.key })));
    this.#queue(marks.map(({ tap }) => tap));
  }

  /** @param {{ row: Row, before: Said, key: string }[]} marks */
  #remember(marks) {
    this.#latest = marks;
    this.page.offerUndo(marks.map(({ row }) => row));
  }

  /* Whole, but for whom somebody has said something else since: that stays. */
  #takeBack() {
    if (this.queue.isOver) return;
    const marks = this.#latest.filter(({ row, key }) => row.lastMark === key);
    const taps = marks.map(({ row, before, key }) => {
      const { status, late, early, minutes, note } = before;
      row.show(before);
      return { ...this.#tap(row, { status, late, early, minutes, note }), after: key, takes_back: true };
    });
    this.#remember([]);
    if (taps.length) this.#queue(taps);
    const { allPresent } = this.page;
    if (marks.length === 1 || !allPresent) marks[0]?.row.fields.radios[0]?.focus();
    else if (!allPresent.hidden) allPresent.focus();
  }

  /** @param {Tap[]} taps */
  async #queue(taps) {
    const added = this.queue.add(taps, this.recalled);
    this.exchange.show();
    await added;
    this.exchange.show();
    this.exchange.run();
  }

  /** Those that need no reason, or have one; the others say so. @param {Row[]} rows */
  #withReason(rows) {
    const { reason } = this.page;
    if (!reason || reason.value.trim()) return rows;
    const [without, others] = [rows.filter((row) => row.last.status), rows.filter((row) => !row.last.status)];
    for (const row of without) {
      row.show(row.last);
      row.object(this.page.text("needsReason"));
      reason.focus();
    }
    return others;
  }

  /** @param {Row} row @param {Said} said */
  #tap(row, said) {
    const { person, session, reason } = this.page;
    const key = crypto.randomUUID();
    const tap = { key, after: row.lastKey, person, session, registration: row.pk, ...said };
    row.object("");
    row.take(tap);
    return { ...tap, reason: reason?.value.trim() ?? "", said_at: Date.now() };
  }
}
