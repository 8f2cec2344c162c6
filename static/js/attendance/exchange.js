/* Sends what waits, and asks for the list; one request after the other. */

/** @import { Tap } from "../waiting.js" */
/** @import { Page } from "./page.js" */
/** @import { Queue } from "./queue.js" */
/** @import { Answer } from "./sending.js" */
/** @import { State } from "./words.js" */
import { say } from "./network.js";
import { forgetPages } from "./offline.js";
import { said } from "../parts.js";
import { Failure, send } from "./sending.js";
import { nameOf } from "./walk-ins.js";
import { stateShown, wordsFor } from "./words.js";

const AT_ONCE = 25; // marks in one request: small enough for a bad connection
const ASK_AGAIN = 20_000; // milliseconds
const LONGEST_PAUSE = 60_000;

export class Exchange {
  /** @type {State} */
  #state = "";
  #isBusy = false;
  #failures = 0;
  #atOnce = AT_ONCE;
  /** @type {Tap[]} as the server answered while this page was open */
  #refused = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {Page} page @param {Queue} queue */
  constructor(page, queue) {
    this.page = page;
    this.queue = queue;
  }

  show() {
    const state = stateShown(this.#state, this.queue);
    this.page.show(state, wordsFor(state, this.queue, this.page.text));
  }

  async run() {
    if (this.#isBusy || this.queue.isOver) return;
    this.#isBusy = true;
    clearTimeout(this.#timer);
    try {
      await this.#sendAll();
      this.#failures = 0;
      say(true);
      if (this.#state !== "") this.#state = "saved";
    } catch (problem) {
      this.#state = problem instanceof Failure ? problem.state : "offline";
      this.#failures += 1;
      if (this.#state === "offline") say(false);
    } finally {
      this.#isBusy = false;
    }
    if (this.queue.isOver) return;
    this.show();
    const pause = this.#failures ? Math.min(LONGEST_PAUSE, 1000 * 2 ** this.#failures) : ASK_AGAIN;
    this.#timer = setTimeout(() => {
      if (this.queue.unsent.length || document.visibilityState === "visible") this.run();
    }, pause);
  }

  async #sendAll() {
    do {
      if (this.queue.unsent.length && !this.#failures) this.#state = "saving";
      this.show();
      await this.#settle(this.queue.unsent.slice(0, this.#atOnce));
    } while (this.queue.unsent.length && !this.queue.isOver);
  }

  /** @param {Tap[]} batch */
  async #settle(batch) {
    const [status, answer] = await send(this.page, batch);
    if (this.queue.isOver) return;
    if (status === 404) await this.end("gone");
    else if (status === 400 || status === 413) await this.#sendLess(batch, answer.error);
    else await this.#hear(batch, answer);
  }

  /** @param {Tap[]} batch @param {Answer} answer */
  async #hear(batch, answer) {
    const answers = new Map(answer.answers.map((one) => [one.key, one]));
    if (batch.some((tap) => !answers.has(tap.key))) throw new Failure("offline");
    await this.#answered(batch);
    this.page.hear(answer.list);
    this.show();
    for (const tap of batch) {
      const { refused, asks_reason: asksReason } = answers.get(tap.key) ?? {};
      if (refused) this.#refuse(tap, refused);
      if (asksReason && !this.page.reason) this.page.offerReload(); // the page then asks for the reason
    }
    await this.queue.keepList(answer.at, answer.list);
    if (answer.closed && !this.queue.unsent.length) await this.end("closed");
  }

  /**
   * A request the server cannot read must not stand in the way for ever: mark by mark, the bad one is found.
   *
   * @param {Tap[]} batch
   * @param {string} why
   */
  async #sendLess(batch, why) {
    if (batch.length <= 1) {
      await this.#answered(batch);
      for (const tap of batch) this.#refuse(tap, why);
    }
    this.#atOnce = 1;
  }

  /** @param {Tap[]} taps */
  async #answered(taps) {
    await this.queue.remove(taps);
    for (const tap of taps) this.page.rows.get(tap.registration)?.answered(tap.key);
  }

  /** @param {Tap} tap @param {string} why */
  #refuse(tap, why) {
    this.#refused.push(tap);
    this.page.refuse(tap, why);
  }

  stop() {
    this.queue.isOver = true;
    clearTimeout(this.#timer);
  }

  /** Nothing of this session stays here. @param {"closed" | "gone"} why */
  async end(why) {
    this.stop();
    const newcomers = (await this.queue.walkIns()).map(nameOf);
    const lost = [...this.#refused, ...this.queue.unsent].map((tap) => this.page.wordsOf(tap));
    const isNews = lost.length || newcomers.length || !this.page.isClosed;
    if (isNews) this.page.end(this.page.text(why), [...lost, ...newcomers]);
    await this.queue.forget();
    await forgetPages([location.pathname, said(this.page.form, "adding")]);
  }
}
