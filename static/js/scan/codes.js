/* What a code says, and whose it is: as `trainings/personal_codes.py`, on the device. */

import { said } from "../parts.js";

/**
 * @typedef {object} Read
 * @property {number} [registration]
 * @property {string} [problem] why there is none
 */

export class Codes {
  /** @param {HTMLElement} place */
  constructor(place) {
    this.session = said(place, "session");
    this.alphabet = said(place, "alphabet");
    this.length = Number(said(place, "length"));
    this.prefix = said(place, "prefix");
    this.ofRun = said(place, "ofRun");
    /* The page knows no code, only by what it recognises each. */
    this.byMark = new Map(Object.entries(JSON.parse(said(place, "byMark"))));
  }

  /** @param {string} text as typed, or as it stood in a QR code @returns {Promise<Read>} */
  async read(text) {
    if (text.includes(":")) return { problem: "foreign" }; // an address
    let code = text.toUpperCase().replace(/[^\p{L}\p{N}]/gu, "");
    if (code.startsWith(this.prefix)) code = code.slice(this.prefix.length);
    const places = [...code].map((letter) => this.alphabet.indexOf(letter));
    if (code.length !== this.length || places.includes(-1)) return { problem: "unreadable" };
    if (!this.#isSpelledRight(places)) return { problem: "mistyped" };
    if (!code.startsWith(this.ofRun)) return { problem: "otherRun" };
    const registration = this.byMark.get(await this.#mark(code));
    return registration === undefined ? { problem: "unknown" } : { registration };
  }

  /** @param {number[]} places of the letters in the alphabet */
  #isSpelledRight(places) {
    const total = places.slice(0, -1).reduce((sum, place, index) => sum + (index + 1) * place, 0);
    return total % this.alphabet.length === places.at(-1);
  }

  /** @param {string} code */
  async #mark(code) {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`${this.session}:${code}`));
    const digits = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0"));
    return digits.join("").slice(0, 10);
  }
}
