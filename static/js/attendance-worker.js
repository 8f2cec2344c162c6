/* Keeps pages of trainers for rooms without network, and the files they need: the page of one's trainings, the lists of
   the next days and those that were opened on this device, and the form for who comes without a registration.

   Nothing else is kept. A page is only kept once one of them asks for it, and goes after three days, when its page or
   that of one's trainings says so, or when somebody signs out. */

const PAGES = "attendance-pages";
const FILES = "attendance-files";
const KEPT = /^\/leitung\/(sitzungen\/\d+\/(dazugekommen\/)?)?$/;
const NEVER_CHANGES = /\.[0-9a-f]{12}\.\w+$/; // the name bears a hash of the contents
const KEPT_AT = "X-Kept-At";
const TOO_OLD = 3 * 24 * 3600 * 1000;
const PATIENCE = 3000; // milliseconds

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

worker.addEventListener("install", () => worker.skipWaiting());
worker.addEventListener("activate", (event) => event.waitUntil(Promise.all([worker.clients.claim(), tidy()])));

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate") {
    if (KEPT.test(url.pathname)) event.respondWith(page(event, url.pathname));
  } else if (["style", "script", "font", "image"].includes(request.destination)) {
    event.respondWith(file(request));
  }
});

worker.addEventListener("message", (event) => {
  const { keep: paths, files, forget } = event.data;
  if (paths) event.waitUntil(keep(paths, files).catch(() => {})); // the next visit tries again
  if (!paths && !forget) event.waitUntil(tidy());
  if (forget) event.waitUntil(Promise.all(forget.map(drop)));
});

/** The server's answer if it comes in time, else what is kept. @param {FetchEvent} event @param {string} path */
async function page(event, path) {
  await tidy();
  const old = await kept(PAGES, path);
  const answer = fetch(event.request);
  if (!old) return answer;
  const settled = answer.then(async (response) => {
    if (response.status === 404) await remove(PAGES, path);
    // Not where the page has been forgotten meanwhile, because somebody signed out.
    else if (response.ok && !response.redirected && (await kept(PAGES, path))) await put(PAGES, path, response.clone());
    return response;
  });
  event.waitUntil(settled.catch(() => {}));
  const inTime = await Promise.race([settled.catch(() => null), later(null)]);
  // A session that is gone is shown once more: the page then says which marks were not sent.
  return inTime && inTime.status < 500 && inTime.status !== 404 ? inTime : old;
}

/** @param {Request} request */
async function file(request) {
  const old = await kept(FILES, request);
  if (!old) return fetch(request);
  if (NEVER_CHANGES.test(new URL(request.url).pathname)) return old;
  return Promise.race([fetch(request).catch(() => old), later(old)]);
}

/**
 * The files first: a list that opens without its scripts would look as if it saved.
 *
 * @param {string[]} paths
 * @param {string[]} files
 */
async function keep(paths, files) {
  await Promise.all(files.map((url) => fetchInto(FILES, url)));
  for (const path of paths) {
    const old = await kept(PAGES, path);
    const isFresh = old && Date.now() - keptAt(old) < 60_000; // kept as it was opened just now
    if (!isFresh) await fetchInto(PAGES, path);
  }
}

/** @param {string} path */
async function drop(path) {
  if (await kept(PAGES, path)) await remove(PAGES, path);
}

/** @param {string} name of the cache @param {string} url */
async function fetchInto(name, url) {
  const response = await fetch(url);
  if (!response.ok || response.redirected) throw new Error(`${response.status} ${url}`);
  await put(name, url, response);
}

/** @param {string} name of the cache @param {RequestInfo} url @param {Response} response */
async function put(name, url, response) {
  const headers = new Headers(response.headers);
  headers.set(KEPT_AT, `${Date.now()}`);
  headers.delete("Content-Encoding"); // the body below is not packed any more
  const body = await response.blob();
  await (await caches.open(name)).put(url, new Response(body, { status: response.status, headers }));
}

/** @param {string} name of the cache @param {RequestInfo} url */
const kept = (name, url) => caches.match(url, { cacheName: name });

/** @param {string} name of the cache @param {RequestInfo} url */
const remove = async (name, url) => (await caches.open(name)).delete(url);

/** @template T @param {T} value @returns {Promise<T>} */
const later = (value) => new Promise((resolve) => { setTimeout(resolve, PATIENCE, value); });

/** @param {Response | undefined} response */
const keptAt = (response) => Number(response?.headers.get(KEPT_AT));

async function tidy() {
  for (const name of [PAGES, FILES]) {
    if (!(await caches.has(name))) continue;
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      if (Date.now() - keptAt(await cache.match(request)) > TOO_OLD) await cache.delete(request);
    }
  }
}
