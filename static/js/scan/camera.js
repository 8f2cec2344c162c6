/* The camera's picture, and the QR codes in it. Nothing of it leaves the device, and nothing is kept. */

import { decodeQR } from "../../vendor/qr/decode.js";

const PAUSE = 120; // milliseconds between two looks
const LONGEST = 720; // pixels: enough for a code that fills a third of the picture
/* Whoever refused is asked no more by most browsers. */
const REFUSALS = ["NotAllowedError", "SecurityError"];

export class Camera {
  /** @type {MediaStream | null} */
  #stream = null;
  #canvas = document.createElement("canvas");
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {HTMLVideoElement} picture @param {(text: string) => unknown} found */
  constructor(picture, found) {
    this.picture = picture;
    this.found = found;
  }

  get isOn() {
    return this.#stream !== null;
  }

  /** @returns {Promise<"" | "denied" | "noCamera">} why it is not on */
  async begin() {
    const video = { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } };
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ audio: false, video });
    } catch (problem) {
      return problem instanceof DOMException && REFUSALS.includes(problem.name) ? "denied" : "noCamera";
    }
    this.picture.srcObject = this.#stream;
    await this.picture.play().catch(() => {}); // shown anyway once somebody touches it
    this.#timer = setTimeout(() => this.#look(), PAUSE);
    return "";
  }

  end() {
    clearTimeout(this.#timer);
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.picture.srcObject = null;
  }

  async #look() {
    const text = this.#read();
    if (text) await this.found(text);
    if (this.isOn) this.#timer = setTimeout(() => this.#look(), PAUSE);
  }

  #read() {
    const { videoWidth, videoHeight } = this.picture;
    const pen = this.#canvas.getContext("2d", { willReadFrequently: true });
    if (!pen || !videoWidth) return "";
    const shrunk = Math.min(1, LONGEST / Math.max(videoWidth, videoHeight));
    const [width, height] = [Math.round(videoWidth * shrunk), Math.round(videoHeight * shrunk)];
    if (this.#canvas.width !== width || this.#canvas.height !== height) Object.assign(this.#canvas, { width, height });
    pen.drawImage(this.picture, 0, 0, width, height);
    try {
      return decodeQR({ width, height, data: pen.getImageData(0, 0, width, height).data });
    } catch {
      return ""; // there is none in this picture
    }
  }
}
