/* The marks of this list that the server has not answered: in their order, and on this device as long as they wait. */

/** @import { Listed, Tap, WalkIn } from "../waiting.js" */
import * as waiting from "../waiting.js";

export class Queue {
  /** @type {Tap[]} */
  unsent = [];
  #underway = 0; // marks just made, on their way into unsent
  keeps = true; // whether this device can keep something
  isOver = false; // closed, gone or signed out: nothing is sent or kept any more

  /** @param {number} person @param {number} session */
  constructor(person, session) {
    this.person = person;
    this.session = session;
  }

  get length() {
    return this.unsent.length + this.#underway;
  }

  /**
   * What this device remembers. The list only where the server told it after the page was made; else the page's
   * is kept.
   *
   * @param {number} at
   * @param {Listed[]} rows what the page says
   * @returns {Promise<Listed[] | null>}
   */
  async recall(at, rows) {
    let newer = null;
    try {
      const list = await waiting.listOf(this.person, this.session);
      if (list && list.at > at) newer = list.rows;
      else await this.keepList(at, rows);
      const entries = await waiting.entriesOf(this.person, this.session);
      this.unsent = entries.flatMap((entry) => ("fields" in entry ? [] : [entry]));
    } catch {
      this.keeps = false;
    }
    return newer;
  }

  /** Who came along and is not entered yet. @returns {Promise<WalkIn[]>} */
  async walkIns() {
    try {
      const entries = await waiting.entriesOf(this.person, this.session);
      return entries.flatMap((entry) => ("fields" in entry ? [entry] : []));
    } catch {
      return [];
    }
  }

  /** @param {Tap[]} taps @param {Promise<void>} recalled older marks go first */
  async add(taps, recalled) {
    this.#underway += taps.length;
    await recalled;
    await this.#keeping(() => waiting.add(taps));
    this.#underway -= taps.length;
    this.unsent.push(...taps);
  }

  /** @param {Tap[]} taps */
  async remove(taps) {
    await this.#keeping(() => waiting.remove(taps));
    this.unsent = this.unsent.filter((tap) => !taps.includes(tap));
  }

  /** @param {number} at @param {Listed[]} rows */
  keepList(at, rows) {
    return this.#keeping(() => waiting.keepList({ person: this.person, session: this.session, at, rows }));
  }

  /* Nothing of this session stays on this device. */
  async forget() {
    this.isOver = true;
    this.unsent = [];
    try {
      await waiting.forget(this.person, this.session);
    } catch { /* it could keep nothing anyway */ }
  }

  /** @param {() => Promise<unknown>} work */
  async #keeping(work) {
    if (this.isOver) return;
    try {
      await work();
    } catch {
      this.keeps = false;
    }
  }
}
