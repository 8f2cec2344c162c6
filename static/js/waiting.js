/* What waits on this device: marks not yet sent, and each list as the server last told it; by person and session. */

/**
 * What is said of one person. Moments, here and below, are milliseconds since 1970.
 *
 * @typedef {object} Said
 * @property {string} status "" where nothing is recorded
 * @property {number} late
 * @property {number} early
 * @property {number | null} minutes without a cause, from an import; else null
 * @property {string} note
 *
 * @typedef {Pick<Said, "status"> & Partial<Said> & { registration: number, differs?: string }} Listed
 *
 * @typedef {object} Mark
 * @property {number} [number] given here; tells the order
 * @property {string} key
 * @property {string | null} after the key of the mark before it
 * @property {number} person who marks
 * @property {number} session
 * @property {number} registration
 * @property {string} reason
 * @property {number} said_at
 * @property {boolean} [takes_back] the mark named by `after`, if that is the last word
 *
 * @typedef {Mark & Said} Tap
 *
 * @typedef {object} WalkIn somebody who came without a registration, as typed
 * @property {number} [number]
 * @property {string} key
 * @property {number} person
 * @property {number} session
 * @property {number} registration 0
 * @property {number} said_at
 * @property {string} path of the page it was typed on
 * @property {string[][]} fields names and values
 * @property {string} [refused] what the server said against it
 *
 * @typedef {Tap | WalkIn} Entry
 *
 * @typedef {{ person: number, session: number, at: number, rows: Listed[] }} List
 */

const NAME = "attendance";
const PATIENCE = 3000; // milliseconds
const TOO_OLD = 3 * 24 * 3600 * 1000;
export const PAGES = "attendance-pages";

export async function isThere() {
  if (!indexedDB.databases) return true;
  return (await inTime(indexedDB.databases())).some((database) => database.name === NAME);
}

/** @param {Entry[]} taps */
export async function add(taps) {
  const numbers = await within("readwrite", (marks) => taps.map((tap) => marks.add(tap)));
  taps.forEach((tap, index) => { tap.number = Number(numbers[index]); });
}

/** @param {Entry[]} taps */
export const remove = (taps) => within("readwrite", (marks) => numbersOf(taps).map((number) => marks.delete(number)));

/**
 * @param {number} person
 * @param {number} [session] without it, of all sessions
 * @returns {Promise<Entry[]>}
 */
export async function entriesOf(person, session) {
  const [taps = []] = await within("readonly", (marks) => [/** @type {IDBRequest<Entry[]>} */ (marks.getAll())]);
  return taps.filter((tap) => tap.person === person && (session === undefined || tap.session === session));
}

/** @param {List} list */
export const keepList = (list) => within("readwrite", (marks, lists) => [lists.put(list)]);

/**
 * @param {number} person
 * @param {number} session
 * @returns {Promise<List | undefined>}
 */
export async function listOf(person, session) {
  const [list] = await within("readonly", (marks, lists) => [lists.get([person, session])]);
  return list;
}

/** @param {number} person @param {number} session */
export async function forget(person, session) {
  const taps = await entriesOf(person, session);
  await within("readwrite", (marks, lists) => [
    ...numbersOf(taps).map((number) => marks.delete(number)),
    lists.delete([person, session]),
  ]);
}

/**
 * Somebody signed in: the pages and lists of others go, and old ones. Marks of others stay for three days, unseen, and
 * are sent when they sign in again.
 *
 * @param {number} person
 */
export async function onlyOf(person) {
  const everything = await within("readonly", (marks, stored) => [marks.getAll(), stored.getAll()]);
  const [taps, lists] = /** @type {[Entry[], List[]]} */ (everything);
  const oldTaps = taps.filter((tap) => tap.person !== person && isOld(tap.said_at));
  const unwanted = lists.filter((list) => list.person !== person || isOld(list.at));
  if (lists.some((list) => list.person !== person)) await caches.delete(PAGES);
  if (!oldTaps.length && !unwanted.length) return;
  await within("readwrite", (marks, stored) => [
    ...numbersOf(oldTaps).map((number) => marks.delete(number)),
    ...unwanted.map((list) => stored.delete([list.person, list.session])),
  ]);
}

export async function empty() {
  await Promise.all((await caches.keys()).map((name) => caches.delete(name)));
  if (!(await isThere())) return;
  await within("readwrite", (marks, lists) => [marks.clear(), lists.clear()]);
  indexedDB.deleteDatabase(NAME);
}

/** @param {number} moment */
const isOld = (moment) => moment < Date.now() - TOO_OLD;

/** @param {Entry[]} taps */
const numbersOf = (taps) => taps.flatMap((tap) => tap.number ?? []); // a device that keeps nothing gave none

/**
 * Rejects where the device takes too long to answer: nobody waits for its memory.
 *
 * @template T
 * @param {Promise<T>} work
 * @returns {Promise<T>}
 */
function inTime(work) {
  const tooLate = new Promise((resolve, reject) => { setTimeout(reject, PATIENCE, new Error("no answer")); });
  return Promise.race([work, tooLate]);
}

/**
 * Makes requests of the marks and the lists; resolves to their results.
 *
 * @template T
 * @typedef {(marks: IDBObjectStore, lists: IDBObjectStore) => IDBRequest<T>[]} Requests
 */

/**
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {Requests<T>} requests
 */
const within = (mode, requests) => inTime(transact(mode, requests));

/**
 * Runs requests in one transaction; resolves to their results once it is complete. The connection does not stay open:
 * it would hold up the deletion of the database.
 *
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {Requests<T>} requests
 * @returns {Promise<T[]>}
 */
async function transact(mode, requests) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(["taps", "lists"], mode, { durability: "strict" });
      const made = requests(transaction.objectStore("taps"), transaction.objectStore("lists"));
      transaction.oncomplete = () => resolve(made.map((request) => request.result));
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

/** @returns {Promise<IDBDatabase>} */
function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("taps", { keyPath: "number", autoIncrement: true });
      request.result.createObjectStore("lists", { keyPath: ["person", "session"] });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
