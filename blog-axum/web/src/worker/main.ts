// The service worker of the editor's pages: one that was open before is shown while the server is away.
// What is kept, and for whom, the pages say themselves (src/offline.ts). A classic script: it
// imports nothing.

const worker = self as unknown as ServiceWorkerGlobalScope

/** How long a server may take that gives no answer. */
const PATIENCE = 8000
/** For so long a page is shown without a server, */
const LONGEST = 30 * 86_400_000

/** The path that the blog is mounted at: this script stands in its `/admin`. */
const base = new URL('..', worker.location.href).pathname.slice(0, -1)

worker.addEventListener('install', () => void worker.skipWaiting())

worker.addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (origin !== worker.location.origin || request.method !== 'GET') return
  if (pathname.startsWith(`${base}/admin/assets/`)) event.respondWith(asset(request, pathname))
  else if (request.mode === 'navigate' && pathname.endsWith('/edit')) event.respondWith(page(event, pathname))
})

/** What the address names never changes. */
async function asset(request: Request, path: string): Promise<Response> {
  return (await kept(path)) ?? fetch(request)
}

/** The server's page whenever there is one. */
async function page(event: FetchEvent, path: string): Promise<Response> {
  const asked = fetch(event.request)
  const answered = asked.catch(() => undefined)
  const old = await kept(path)
  if (!old) return asked
  const answer = await Promise.race([answered, pause(PATIENCE)])
  // A proxy whose server is away says so by such a number.
  if (!answer || answer.status >= 500) return old
  if (!answer.ok) event.waitUntil(refused(path))
  return answer
}

/** The server does not show this page any more: its owner is signed out, or the page is gone. */
async function refused(path: string): Promise<void> {
  for (const cache of await all()) await cache.delete(path)
  // Without this script there are no such pages at all.
  const answer = await fetch(worker.location.href, { cache: 'no-store' }).catch(() => undefined)
  if (answer?.status !== 404) return
  for (const name of await names()) await caches.delete(name)
  await worker.registration.unregister()
}

async function kept(path: string): Promise<Response | undefined> {
  for (const cache of await all()) {
    const found = await cache.match(path)
    if (!found) continue
    const age = Date.now() - Date.parse(found.headers.get('date') ?? '')
    if (age < LONGEST) return found
    await cache.delete(path)
  }
  return undefined
}

/** The names of this blog's caches. */
async function names(): Promise<string[]> {
  return (await caches.keys()).filter((name) => name.startsWith(`blog:${base}:`))
}

async function all(): Promise<Cache[]> {
  return Promise.all((await names()).map((name) => caches.open(name)))
}

function pause(time: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, time, undefined))
}
