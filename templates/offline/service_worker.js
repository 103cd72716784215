/*
 * The page without a network. Keeps the page and its files together, whole or not at all. A file's
 * address changes with the file, so no page meets another version's files. A new version waits until
 * no page of the old one is open. Asks its own host alone.
 */

const PAGE = new URL({{ page | tojson }}, self.location).href;
const NAMED = {{ named | tojson }}; // in the page of this version
const FILES = {{ files | tojson }};
const CACHE = "inkling {{ version }}";
const PATIENCE_MS = 3000; // for the network, when somebody opens the page

self.addEventListener("install", (event) => event.waitUntil(keepAll()));
self.addEventListener("activate", (event) => event.waitUntil(dropOthers()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, href } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode !== "navigate") event.respondWith(file(request));
  else if ([PAGE, `${PAGE}index.html`].includes(href.split(/[?#]/)[0])) event.respondWith(page(request));
});

/* While servers are being replaced, one may answer with another version: then none is kept. */
async function keepAll() {
  const page = await fetch(PAGE, { cache: "reload" });
  const text = await page.clone().text();
  if (!page.ok || !NAMED.every((address) => text.includes(address))) throw new Error("another version");
  const cache = await caches.open(CACHE);
  await cache.addAll(FILES.map((address) => new Request(address, { redirect: "error" })));
  await cache.put(PAGE, page);
}

async function dropOthers() {
  for (const name of await caches.keys()) {
    if (name.startsWith("inkling ") && name !== CACHE) await caches.delete(name);
  }
}

/* From the network, so that an update is there at once; what is kept when that fails or takes long. */
async function page(request) {
  const kept = await (await caches.open(CACHE)).match(PAGE);
  const answer = fetch(request);
  if (!kept) return answer;
  const late = new Promise((done) => setTimeout(done, PATIENCE_MS, kept));
  return Promise.race([late, answer.then((it) => (it.status < 500 ? it : kept), () => kept)]);
}

async function file(request) {
  return (await caches.match(request)) ?? fetch(request);
}
