/* What is tapped and typed becomes marks, each with a name and a moment of its own. */

/** @import { Tap } from "../waiting.js" */
/** @import { Exchange } from "./exchange.js" */
/** @import { Page } from "./page.js" */
/** @import { Queue } from "./queue.js" */
/** @import { Row } from "./row.js" */

const TYPING_PAUSE = 800; // milliseconds

export class Marking {
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
    const { form, allPresent } = this.page;
    const typing = new Map();
    form.addEventListener("change", ({ target }) => this.#changed(target));
    form.addEventListener("input", ({ target }) => {
      if (target instanceof HTMLInputElement && target.type === "radio") return;
      clearTimeout(typing.get(target));
      typing.set(target, setTimeout(() => this.#changed(target), TYPING_PAUSE));
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (allPresent && event.submitter === allPresent) this.#markOthersPresent();
      else this.markEverybody();
    });
  }

  /** @param {EventTarget | null} field */
  #changed(field) {
    const row = field instanceof Element && this.page.rowOf(field);
    if (row) this.#mark([row]);
  }

  #markOthersPresent() {
    const others = this.page.everybody.filter((row) => !row.fields.typed().status);
    for (const row of others) row.fields.choose("present");
    this.#mark(others);
  }

  markEverybody() {
    this.#mark(this.page.everybody);
  }

  /** Makes a mark of each row that says something new. @param {Row[]} candidates */
  #mark(candidates) {
    if (this.queue.isOver) return;
    const news = candidates.filter((row) => row.saysSomethingNew());
    const taps = this.#withReason(news).map((row) => this.#tap(row));
    if (taps.length) this.#queue(taps);
    else this.exchange.show();
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

  /** @param {Row} row */
  #tap(row) {
    const { person, session, reason } = this.page;
    const key = crypto.randomUUID();
    const tap = { key, after: row.lastKey, person, session, registration: row.pk, ...row.fields.typed() };
    row.object("");
    row.take(tap);
    return { ...tap, reason: reason?.value.trim() ?? "", said_at: Date.now() };
  }
}
