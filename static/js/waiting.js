/* What waits on this device: marks not yet sent, and each list as the server last told it; by person and session.

   A mark: {number, key, after, person, session, registration, status, late, early, minutes, note, reason, said_at}; the
   number is given here and tells the order. A list: {person, session, at, rows}. Moments are milliseconds since 1970. */

const NAME = "attendance";
const PATIENCE = 3000; // milliseconds
const TOO_OLD = 3 * 24 * 3600 * 1000;
export const PAGES = "attendance-pages";

export async function isThere() {
  if (!indexedDB.databases) return true;
  return (await inTime(indexedDB.databases())).some((database) => database.name === NAME);
}

export async function add(taps) {
  const numbers = await within("readwrite", (marks) => taps.map((tap) => marks.add(tap)));
  taps.forEach((tap, index) => { tap.number = numbers[index]; });
}

export const remove = (taps) => within("readwrite", (marks) => taps.map((tap) => marks.delete(tap.number)));

export async function tapsOf(person, session) {
  const [taps] = await within("readonly", (marks) => [marks.getAll()]);
  return taps.filter((tap) => tap.person === person && (session === undefined || tap.session === session));
}

export const keepList = (list) => within("readwrite", (marks, lists) => [lists.put(list)]);

export async function listOf(person, session) {
  const [list] = await within("readonly", (marks, lists) => [lists.get([person, session])]);
  return list;
}

export async function forget(person, session) {
  const taps = await tapsOf(person, session);
  await within("readwrite", (marks, lists) => [
    ...taps.map((tap) => marks.delete(tap.number)),
    lists.delete([person, session]),
  ]);
}

/* Somebody signed in: the pages and lists of others go, and old ones. Marks of others stay for three days, unseen, and are
   sent when they sign in again. */
export async function onlyOf(person) {
  const [taps, lists] = await within("readonly", (marks, stored) => [marks.getAll(), stored.getAll()]);
  const isOld = (moment) => moment < Date.now() - TOO_OLD;
  const oldTaps = taps.filter((tap) => tap.person !== person && isOld(tap.said_at));
  const unwanted = lists.filter((list) => list.person !== person || isOld(list.at));
  if (lists.some((list) => list.person !== person)) await caches.delete(PAGES);
  if (!oldTaps.length && !unwanted.length) return;
  await within("readwrite", (marks, stored) => [
    ...oldTaps.map((tap) => marks.delete(tap.number)),
    ...unwanted.map((list) => stored.delete([list.person, list.session])),
  ]);
}

export async function empty() {
  await Promise.all((await caches.keys()).map((name) => caches.delete(name)));
  if (!(await isThere())) return;
  await within("readwrite", (marks, lists) => [marks.clear(), lists.clear()]);
  indexedDB.deleteDatabase(NAME);
}

/* Rejects where the device takes too long to answer: nobody waits for its memory. */
function inTime(work) {
  const tooLate = new Promise((resolve, reject) => { setTimeout(reject, PATIENCE, new Error("no answer")); });
  return Promise.race([work, tooLate]);
}

const within = (mode, requests) => inTime(transact(mode, requests));

/* Runs requests in one transaction; resolves to their results once it is complete. The connection does not stay open: it
   would hold up the deletion of the database. */
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
