/* Is every file of a dossier as its manifest.json says? Read and computed here; nothing of the ZIP is sent.

   Our ZIPs store files as they are, without ZIP64 (evidence/dossiers/archive.py); one file is in memory at a time. Without
   this script, or where the browser cannot compute (Web Crypto needs https), the part stays hidden. */

import { part, said } from "./parts.js";

const MANIFEST = "manifest.json";
const END = 0x06054b50, CENTRAL = 0x02014b50; // signatures of the format's records
const END_SIZE = 22, CENTRAL_SIZE = 46, LOCAL_SIZE = 30;

/** @typedef {{ path: string, start: number, size: number }} Stored where in the ZIP a file's bytes are */
/** @typedef {{ path: string, size: number, sha256: string }} Listed */

/** @param {Blob} file @param {number} start @param {number} size */
async function view(file, start, size) {
  const bytes = await file.slice(start, start + size).arrayBuffer();
  if (bytes.byteLength !== size) throw new RangeError("the file ends too early");
  return new DataView(bytes);
}

/** @param {BufferSource} bytes */
async function sha256(bytes) {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {Blob} file @returns {Promise<Stored[]>} */
async function storedIn(file) {
  const end = await view(file, file.size - END_SIZE, END_SIZE);
  if (end.getUint32(0, true) !== END) throw new TypeError("no ZIP of ours");
  const size = end.getUint32(12, true);
  const directory = await view(file, end.getUint32(16, true), size);
  /** @type {Stored[]} */
  const found = [];
  for (let at = 0; at < size;) {
    if (directory.getUint32(at, true) !== CENTRAL || directory.getUint16(at + 10, true) !== 0) throw new TypeError("not stored");
    const length = directory.getUint16(at + 28, true);
    const name = new Uint8Array(directory.buffer, at + CENTRAL_SIZE, length);
    found.push({
      path: new TextDecoder("utf-8", { fatal: true }).decode(name),
      size: directory.getUint32(at + 24, true),
      start: directory.getUint32(at + 42, true) + LOCAL_SIZE + length,
    });
    at += CENTRAL_SIZE + length;
  }
  return found;
}

/** @param {HTMLElement} section @param {string} name @param {Record<string, number>} numbers */
function sentence(section, name, numbers) {
  return said(section, name).replace(/\{(\w+)\}/g, (_whole, key) => String(numbers[key]));
}

/**
 * @param {Blob} file
 * @param {(done: number, total: number) => void} tell
 * @returns {Promise<{ manifest: string, total: number, wrong: [string, "absent" | "changed" | "added"][] }>}
 */
async function checked(file, tell) {
  const stored = await storedIn(file);
  const own = stored.find((one) => one.path === MANIFEST);
  if (!own) throw new TypeError("no manifest");
  const text = (await view(file, own.start, own.size)).buffer;
  /** @type {Listed[]} */
  const listed = JSON.parse(new TextDecoder().decode(text)).files;
  const there = new Map(stored.map((one) => [one.path, one]));
  /** @type {[string, "absent" | "changed" | "added"][]} */
  const wrong = [];
  for (const [number, one] of listed.entries()) {
    tell(number, listed.length);
    const found = there.get(one.path);
    there.delete(one.path);
    if (!found) wrong.push([one.path, "absent"]);
    else if ((await sha256(await view(file, found.start, found.size))) !== one.sha256) wrong.push([one.path, "changed"]);
  }
  there.delete(MANIFEST);
  for (const path of there.keys()) wrong.push([path, "added"]);
  return { manifest: await sha256(text), total: listed.length, wrong };
}

/** @param {HTMLElement} section */
function listen(section) {
  const zone = part(section, ".app-drop", HTMLElement);
  const field = part(section, "[type=file]", HTMLInputElement);
  const note = part(section, "[role=status] > p", HTMLElement);
  const list = part(section, "[role=status] > ul", HTMLUListElement);
  const asked = part(document, "#check-manifest [name=sha256]", HTMLInputElement);
  let latest = 0;

  /** @param {string} text @param {boolean} isWarning */
  function say(text, isWarning) {
    note.textContent = text;
    note.classList.toggle("app-note--warning", isWarning);
    note.hidden = false;
  }

  /** @param {Awaited<ReturnType<typeof checked>> | null} found null: not yet known */
  function show(found) {
    list.replaceChildren();
    for (const [path, why] of found?.wrong ?? []) {
      const item = document.createElement("li");
      item.textContent = `${path}: ${said(section, why)}`;
      list.append(item);
    }
    list.hidden = !found?.wrong.length;
    asked.value = found?.manifest ?? "";
  }

  /** @param {File} file */
  async function check(file) {
    const own = ++latest;
    show(null);
    try {
      const found = await checked(file, (done, total) => {
        if (own === latest && done % 20 === 0) say(sentence(section, "reading", { done, total }), false);
      });
      if (own !== latest) return;
      say(found.wrong.length ? said(section, "different") : sentence(section, "same", { total: found.total }), found.wrong.length > 0);
      show(found);
    } catch {
      if (own === latest) say(said(section, "unreadable"), true);
    }
  }

  field.addEventListener("change", () => { if (field.files?.[0]) check(field.files[0]); });
  // Anywhere on the page: a file dropped beside the zone would otherwise be opened in place of it.
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.toggle("app-drop--over", event.target instanceof Node && zone.contains(event.target));
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) zone.classList.remove("app-drop--over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("app-drop--over");
    const file = event.dataTransfer?.files[0];
    if (file) check(file);
  });
}

if (globalThis.crypto?.subtle) {
  const section = part(document, "#check-zip", HTMLElement);
  listen(section);
  section.hidden = false;
}
