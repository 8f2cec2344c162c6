/* One tap per person: saves at once, says so, and goes on without network.

   The page is a form that works without this script. Here every change becomes a mark with a name and a moment of its own,
   which waits on this device until the server has answered it; so none is lost, and one sent twice counts once. */

import { ready } from "./device.js";
import * as waiting from "./waiting.js";

const AT_ONCE = 25; // marks in one request: small enough for a bad connection
const ANSWER_WITHIN = 15_000; // milliseconds
const ASK_AGAIN = 20_000;
const LONGEST_PAUSE = 60_000;
const TYPING_PAUSE = 800;

const form = document.getElementById("attendance");

function start() {
  const find = (selector) => form.querySelector(selector);
  const text = find("[data-texts]").dataset;
  const person = Number(form.dataset.person);
  const session = Number(form.dataset.session);
  const most = Number(form.dataset.most);
  const token = find("[name=csrfmiddlewaretoken]");
  const reason = find("[name=reason]");
  const allPresent = find("[name=all_present]");
  const rows = new Map([...form.querySelectorAll("[data-registration]")].map((item) => [
    Number(item.dataset.registration),
    new Row(item, text, most),
  ]));

  let unsent = []; // marks, in their order
  let underway = 0; // marks just made, on their way into unsent
  const refused = []; // marks, as the server answered while this page was open
  let state = ""; // "", "saved", "saving", "offline" or "signedOut"
  let keeps = true; // whether this device can keep something
  let isOver = false; // closed, gone or signed out: nothing is sent or kept any more
  let isBusy = false;
  let failures = 0;
  let atOnce = AT_ONCE;
  let timer;

  const isClosed = "closed" in form.dataset;
  if (!isClosed) listen(); // at once: the first tap does not wait for what the device remembers
  const remembered = remember();
  remembered.then(begin);

  async function remember() {
    await ready;
    try {
      const list = await waiting.listOf(person, session);
      if (list && list.at > Number(form.dataset.at)) apply(list.rows);
      else await keepList(Number(form.dataset.at), [...rows.values()].map((row) => row.asListed()));
      unsent = await waiting.tapsOf(person, session);
    } catch {
      keeps = false;
    }
    for (const tap of [...unsent].reverse()) rows.get(tap.registration)?.remember(tap);
  }

  async function begin() {
    // Who may correct a closed list does so with the button.
    if (isClosed) return end(unsent.length ? text.closed : "");
    show();
    mark([...rows.values()]); // what was tapped before this script had arrived
    exchange();
    if (document.readyState === "complete") keepPage();
    else addEventListener("load", keepPage);
  }

  function listen() {
    find("[data-save]").hidden = true;
    find("[data-plain]")?.remove(); // the number at the foot is kept up
    const typing = new Map();
    form.addEventListener("change", (event) => changed(event.target));
    form.addEventListener("input", ({ target }) => {
      if (target.type === "radio") return;
      clearTimeout(typing.get(target));
      typing.set(target, setTimeout(changed, TYPING_PAUSE, target));
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (event.submitter === allPresent) markOthersPresent();
      else mark([...rows.values()]);
    });
    addEventListener("online", exchange);
    addEventListener("pageshow", (event) => event.persisted && exchange());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") exchange();
      else mark([...rows.values()]); // half a note is better than none
    });
    addEventListener("device emptied", () => {
      isOver = true;
      clearTimeout(timer);
    });
  }

  function changed(field) {
    const row = rows.get(Number(field.closest("[data-registration]")?.dataset.registration));
    if (row) mark([row]);
  }

  function markOthersPresent() {
    const others = [...rows.values()].filter((row) => !row.typed().status);
    for (const row of others) row.choose("present");
    mark(others);
  }

  /* Makes a mark of each row that says something new. */
  async function mark(candidates) {
    if (isOver) return;
    const news = candidates.filter((row) => row.saysSomethingNew());
    const needReason = news.filter((row) => row.last.status && reason && !reason.value.trim());
    for (const row of needReason) {
      row.show(row.last);
      row.object(text.needsReason);
      reason.focus();
    }
    const taps = news.filter((row) => !needReason.includes(row)).map((row) => {
      const key = crypto.randomUUID();
      const tap = { key, after: row.lastKey, person, session, registration: row.pk, ...row.typed() };
      row.object("");
      row.take(tap);
      return { ...tap, reason: reason?.value.trim() ?? "", said_at: Date.now() };
    });
    underway += taps.length;
    show();
    if (!taps.length) return;
    await remembered; // older marks go first
    await keeping(() => waiting.add(taps));
    underway -= taps.length;
    unsent.push(...taps);
    exchange();
  }

  /* Sends what waits, and asks for the list; one request after the other. */
  async function exchange() {
    if (isBusy || isOver) return;
    isBusy = true;
    clearTimeout(timer);
    try {
      do {
        if (unsent.length && !failures) state = "saving";
        show();
        await settle(unsent.slice(0, atOnce));
      } while (unsent.length && !isOver);
      failures = 0;
      if (state !== "") state = "saved";
    } catch (problem) {
      state = problem.state ?? "offline";
      failures += 1;
    } finally {
      isBusy = false;
    }
    if (isOver) return;
    show();
    const pause = failures ? Math.min(LONGEST_PAUSE, 1000 * 2 ** failures) : ASK_AGAIN;
    timer = setTimeout(() => {
      if (unsent.length || document.visibilityState === "visible") exchange();
    }, pause);
  }

  async function settle(batch) {
    const [status, answer] = await send(batch);
    if (isOver) return;
    if (status === 404) return end(text.gone);
    if (status === 400 || status === 413) return tooMuch(batch, answer);
    const answers = new Map(answer.answers.map((one) => [one.key, one]));
    if (batch.some((tap) => !answers.has(tap.key))) throw new Failure("offline");
    await settled(batch);
    apply(answer.list);
    for (const tap of batch) {
      const { refused: why, asks_reason: asksReason } = answers.get(tap.key);
      if (why) refuse(tap, why);
      if (asksReason && !reason) find("[data-reload]").hidden = false; // the page then asks for the reason
    }
    await keepList(answer.at, answer.list);
    if (answer.closed && !unsent.length) await end(text.closed);
  }

  /* Resolves to status and answer; a Failure says that the marks have to wait. */
  async function send(batch, isSecondTry = false) {
    const body = { person, sent_at: Date.now(), taps: batch };
    const headers = { "Accept": "application/json", "Content-Type": "application/json", "X-CSRFToken": token.value };
    const options = { method: "POST", headers, body: JSON.stringify(body), signal: AbortSignal.timeout(ANSWER_WITHIN) };
    const response = await fetch(form.dataset.taps, options);
    if (response.status === 401) throw new Failure("signedOut");
    if (response.status === 403 && !isSecondTry) {
      await renewToken();
      return send(batch, true);
    }
    if (![200, 400, 404, 413].includes(response.status)) throw new Failure("offline");
    return [response.status, await response.json()]; // what is not JSON comes from something between us and the server
  }

  /* Signing in again ends the token of pages opened before. */
  async function renewToken() {
    const options = { cache: "no-store", signal: AbortSignal.timeout(ANSWER_WITHIN) };
    const response = await fetch(location.pathname, options);
    const page = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("attendance");
    if (!page || Number(page.dataset.person) !== person) throw new Failure(response.ok ? "signedOut" : "offline");
    token.value = page.querySelector("[name=csrfmiddlewaretoken]").value;
  }

  /* A request the server cannot read must not stand in the way for ever: mark by mark, the bad one is found. */
  async function tooMuch(batch, answer) {
    if (batch.length <= 1) {
      await settled(batch);
      for (const tap of batch) refuse(tap, answer.error);
    }
    atOnce = 1;
  }

  async function settled(taps) {
    await keeping(() => waiting.remove(taps.filter((tap) => tap.number)));
    unsent = unsent.filter((tap) => !taps.includes(tap));
    for (const tap of taps) rows.get(tap.registration)?.answered(tap.key);
  }

  function refuse(tap, why) {
    refused.push(tap);
    const row = rows.get(tap.registration);
    row?.reset();
    row?.object(text.notSaved.replace("{status}", row.label(tap.status)).replace("{text}", why));
  }

  /* Shows what the server says, except where somebody has just said something else. */
  function apply(list) {
    const listed = new Set(list.map((values) => values.registration));
    for (const values of list) rows.get(values.registration)?.hear(values);
    for (const row of rows.values()) if (!listed.has(row.pk)) row.leave();
    if (list.some((values) => !rows.has(values.registration))) find("[data-reload]").hidden = false;
    show();
  }

  const keepList = (at, list) => keeping(() => waiting.keepList({ person, session, at, rows: list }));

  async function keeping(work) {
    if (isOver) return;
    try {
      await work();
    } catch {
      keeps = false;
    }
  }

  /* Nothing of this session stays here; who waited for an answer reads what was refused. */
  async function end(why) {
    isOver = true;
    clearTimeout(timer);
    if (why) {
      const note = find("[data-refused]");
      const lost = [...refused, ...unsent];
      note.firstElementChild.hidden = !lost.length;
      for (const tap of lost) {
        const row = rows.get(tap.registration);
        const item = document.createElement("li");
        item.textContent = row ? `${row.name}: ${row.label(tap.status)}` : tap.registration;
        note.querySelector("ul").append(item);
      }
      note.append(Object.assign(document.createElement("p"), { textContent: why }));
      note.hidden = false;
      for (const row of rows.values()) row.lock();
      find(".app-sticky-actions").hidden = true;
      note.scrollIntoView({ block: "center" });
    }
    unsent = [];
    try {
      await waiting.forget(person, session);
    } catch { /* it could keep nothing anyway */ }
    const registration = await navigator.serviceWorker?.getRegistration();
    registration?.active?.postMessage({ forget: location.pathname });
  }

  function show() {
    const recorded = [...rows.values()].filter((row) => row.last.status).length;
    const count = find("[data-count]");
    count.textContent = count.dataset.count.replace("{done}", recorded).replace("{total}", rows.size);
    if (allPresent) {
      allPresent.hidden = ![...rows.values()].some((row) => !row.typed().status);
      allPresent.firstElementChild.textContent = recorded ? allPresent.dataset.others : allPresent.dataset.all;
    }
    const status = find("[data-status]");
    const words = sayState();
    if (status.textContent !== words) status.textContent = words; // said once, not with every request
    status.dataset.status = stateShown();
    find("[data-sign-in]").hidden = state !== "signedOut";
  }

  /* Never ahead of the truth: what is on its way is not saved. */
  function stateShown() {
    return state === "saved" && unsent.length + underway ? "saving" : state;
  }

  function sayState() {
    if (!keeps && unsent.length) return text.notKept;
    const shown = stateShown();
    if (shown === "saving" || shown === "saved") return text[shown];
    if (shown === "") return "";
    const number = unsent.length + underway;
    const many = ["None", "One"][number] ?? "Many";
    return text[shown + many].replace("{number}", number);
  }

  /* From now on the page opens without network. Which files it needs only the page knows: their names bear hashes. */
  async function keepPage() {
    if (!navigator.serviceWorker || !keeps || isOver) return;
    const { worker, scope } = form.dataset;
    try {
      await navigator.serviceWorker.register(worker, { scope });
      const { active } = await navigator.serviceWorker.ready;
      const root = new URL("../", import.meta.url).href;
      const used = performance.getEntriesByType("resource").map((entry) => entry.name);
      const named = [...document.querySelectorAll("link[href], script[src], img[src]")].map((part) => part.href || part.src);
      const files = [...new Set([...used, ...named])].filter((file) => file.startsWith(root));
      if (!isOver) active.postMessage({ keep: location.pathname, files });
    } catch { /* the page works as long as it stays open */ }
  }
}

/* The marks have to wait. */
class Failure extends Error {
  constructor(state) {
    super(state);
    this.state = state;
  }
}

/* One person's line. `last` is what was marked last, here or, as the server says, elsewhere. */
class Row {
  constructor(item, text, most) {
    this.item = item;
    this.text = text;
    this.most = most;
    this.pk = Number(item.dataset.registration);
    this.name = item.querySelector("[data-name]").textContent;
    this.radios = [...item.querySelectorAll("[type=radio]")];
    [this.late, this.early, this.note] = ["late", "early", "note"].map((name) => item.querySelector(`[name=${name}_${this.pk}]`));
    this.unanswered = []; // keys
    this.wasTooMuch = false;
    this.standing = this.asLoaded();
    this.last = this.standing;
  }

  /* What the page said when it came, whatever has been typed since. */
  asLoaded() {
    const status = this.radios.find((radio) => radio.defaultChecked)?.value ?? "";
    const late = Number(this.late.defaultValue);
    const early = Number(this.early.defaultValue);
    const minutes = this.item.dataset.minutes === "" ? null : Number(this.item.dataset.minutes);
    // Minutes without a cause come from an import; they can be kept, but not typed.
    this.imported = minutes !== null && !late && !early ? minutes : null;
    return { status, late, early, minutes, note: this.note.defaultValue };
  }

  asListed() {
    return { registration: this.pk, ...this.standing };
  }

  typed() {
    const status = this.radios.find((radio) => radio.checked)?.value ?? "";
    const isPartial = status === "partial";
    const number = (field) => (isPartial ? Math.max(0, Math.round(Number(field.value))) : 0);
    const [late, early] = [number(this.late), number(this.early)];
    const minutes = isPartial && !late && !early ? this.imported : null;
    return { status, late, early, minutes, note: status === "excused" ? this.note.value.trim() : "" };
  }

  differs() {
    const typed = this.typed();
    return ["status", "late", "early"].some((name) => typed[name] !== this.last[name])
      || (typed.status === "excused" && typed.note !== this.last.note);
  }

  /* Whether there is something to save; says beside the row what is missing. */
  saysSomethingNew() {
    const typed = this.typed();
    if (!typed.status || this.isGone) return false;
    const missed = typed.late + typed.early;
    const isTooMuch = missed >= this.most;
    this.counted(typed.status === "partial" && !missed && typed.minutes === null ? null : this.most - missed, typed);
    if (isTooMuch !== this.wasTooMuch) this.object(isTooMuch ? this.text.tooManyMinutes : "");
    this.wasTooMuch = isTooMuch;
    if (typed.status === "partial" && (isTooMuch || (!missed && typed.minutes === null))) return false;
    return this.differs();
  }

  counted(minutes, { status, minutes: imported }) {
    const place = this.item.querySelector("[data-counted]");
    if (status !== "partial") place.textContent = "";
    else if (minutes === null) place.textContent = this.text.needsMinutes;
    else place.textContent = this.text.counted.replace("{minutes}", imported ?? Math.max(0, minutes)).replace("{most}", this.most);
  }

  choose(status) {
    this.radios.find((radio) => radio.value === status).checked = true;
  }

  /* A mark was made on this device. */
  take(tap) {
    this.unanswered.push(tap.key);
    this.show(tap);
    this.last = tap;
  }

  /* A mark was made on this device before the page was opened: the last first. */
  remember(tap) {
    if (this.unanswered.length) this.unanswered.unshift(tap.key);
    else this.take(tap);
  }

  get lastKey() {
    return this.unanswered.at(-1) ?? null;
  }

  answered(key) {
    this.unanswered = this.unanswered.filter((one) => one !== key);
  }

  hear(values) {
    const heard = { late: 0, early: 0, minutes: null, note: "", ...values };
    const isUnfinished = this.differs() || this.unanswered.length || this.item.contains(typingIn());
    this.standing = heard;
    if (heard.status === "partial") this.imported = heard.late || heard.early ? null : heard.minutes;
    if (isUnfinished) return;
    this.last = heard;
    this.show(heard);
  }

  reset() {
    if (this.unanswered.length) return;
    this.last = this.standing;
    this.show(this.standing);
  }

  show({ status, late, early, minutes, note }) {
    for (const radio of this.radios) radio.checked = radio.value === status;
    // Fields of another status keep what was typed: who changes the mind twice need not type twice.
    if (status === "partial") {
      this.late.value = late || "";
      this.early.value = early || "";
    }
    if (status === "excused") this.note.value = note;
    this.counted(this.most - late - early, { status, minutes: late || early ? null : minutes });
  }

  label(status) {
    return this.radios.find((radio) => radio.value === status)?.parentElement.textContent.trim() ?? "";
  }

  /* Says beside the row what is wrong; with "" that nothing is. */
  object(sentence) {
    const fieldset = this.item.querySelector("fieldset");
    this.item.querySelector(".kern-error")?.remove();
    fieldset.removeAttribute("aria-describedby");
    for (const field of [this.late, this.early, this.note]) field.removeAttribute("aria-invalid");
    if (!sentence) return;
    const note = document.createElement("p");
    note.className = "kern-error";
    note.id = `error_${this.pk}`;
    note.setAttribute("role", "alert");
    const icon = Object.assign(document.createElement("span"), { className: "kern-icon kern-icon--danger" });
    icon.setAttribute("aria-hidden", "true");
    note.append(icon, Object.assign(document.createElement("span"), { className: "kern-body", textContent: sentence }));
    fieldset.append(note);
    fieldset.setAttribute("aria-describedby", note.id);
  }

  leave() {
    if (this.isGone) return;
    this.isGone = true;
    this.lock();
    this.object(this.text.noPlace);
  }

  lock() {
    this.item.querySelector("fieldset").disabled = true;
  }
}

function typingIn() {
  const field = document.activeElement;
  return field?.matches("input:not([type=radio])") ? field : null;
}

// Over plain HTTP a browser offers neither storage for pages nor names for marks: the form saves by its button.
if (form && window.isSecureContext) start();
