/* What waits on this device: marks not yet sent, and each list as the server last told it; by person and session.

   A mark: {number, key, after, person, session, registration, status, late, early, minutes, note, reason, said_at}; the
   number is given here and tells the order. A list: {person, session, at, rows}. Moments are milliseconds since 1970. */

const NAME = "attendance";
const TOO_OLD = 3 * 24 * 3600 * 1000;
export const PAGES = "attendance-pages";

export async function isThere() {
  if (!indexedDB.databases) return true;
  return (await indexedDB.databases()).some((database) => database.name === NAME);
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

/* Somebody signed in: the pages and lists of others go. Their marks stay for three days, unseen, and are sent when they
   sign in again. */
export async function onlyOf(person) {
  const [taps, keys] = await within("readonly", (marks, lists) => [marks.getAll(), lists.getAllKeys()]);
  const others = keys.filter(([owner]) => owner !== person);
  const old = taps.filter((tap) => tap.person !== person && tap.said_at < Date.now() - TOO_OLD);
  if (others.length) await caches.delete(PAGES);
  if (others.length || old.length) {
    await within("readwrite", (marks, lists) => [
      ...old.map((tap) => marks.delete(tap.number)),
      ...others.map((key) => lists.delete(key)),
    ]);
  }
}

export async function empty() {
  await Promise.all((await caches.keys()).map((name) => caches.delete(name)));
  if (!(await isThere())) return;
  await within("readwrite", (marks, lists) => [marks.clear(), lists.clear()]);
  indexedDB.deleteDatabase(NAME);
}

/* Runs requests in one transaction; resolves to their results once it is complete. The connection does not stay open: it
   would hold up the deletion of the database. */
async function within(mode, requests) {
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
