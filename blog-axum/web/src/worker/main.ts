// The service worker of the editor's pages: one that was open before is shown while the server is away.
// What is kept, and for whom, the pages say themselves (src/offline.ts). A classic script: it
// imports nothing.

const worker = self as unknown as ServiceWorkerGlobalScope

/** How long a server may take that gives no answer. */
const PATIENCE = 8000
/** What a server says of a page that somebody may not see, or that is not there. */
const REFUSALS = [401, 403, 404, 410]
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

/** What the address names never changes. Where the browser's caches fail, there is the server. */
async function asset(request: Request, path: string): Promise<Response> {
  return (await kept(path).catch(() => undefined)) ?? fetch(request)
}

/** The server's page whenever there is one. */
async function page(event: FetchEvent, path: string): Promise<Response> {
  const asked = fetch(event.request)
  const answered = asked.catch(() => undefined)
  const old = await keptPage(path).catch(() => undefined)
  if (!old) return asked
  const answer = await Promise.race([answered, pause(PATIENCE)])
  // A proxy whose server is away says so by such a number.
  if (!answer || answer.status >= 500) return old
  const isElsewhere = answer.type === 'opaqueredirect'
  if (!isElsewhere && !REFUSALS.includes(answer.status)) return answer
  const unsent = await unsentOn(path).catch(() => undefined)
  if (!unsent) event.waitUntil(refused(path))
  // The editor says what becomes of the text.
  else if (!isElsewhere && (await isSignedIn(unsent))) return old
  return answer
}

/** Whose text it is that the server lacks, and in which post. */
type Unsent = [actor: string, post: string, tab: string]

/** What the owner of a page has written there that the server lacks. */
async function unsentOn(path: string): Promise<Unsent | undefined> {
  const caches = await names()
  const isKept = ([actor, post]: Unsent) =>
    path === `${base}/admin/posts/${post}/edit` && caches.some((name) => name.startsWith(`blog:${base}:${encodeURIComponent(actor)}:`))
  return (await allUnsent()).find(isKept)
}

/** What the server lacks, as pages have put it down (src/kept.ts). */
async function allUnsent(): Promise<Unsent[]> {
  const request = indexedDB.open(`blog:${base}`)
  // It is for the pages to make it.
  request.onupgradeneeded = () => request.transaction!.abort()
  const database = await result(request)
  const keys = database.transaction('unsent').objectStore('unsent').getAllKeys()
  database.close()
  return (await result(keys)) as Unsent[]
}

function result<Value>(request: IDBRequest<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

/** Nobody else is shown what somebody wrote in a post that the server does not show. */
async function isSignedIn([actor, post]: Unsent): Promise<boolean> {
  const headers = { 'x-blog-actor': encodeURIComponent(actor) }
  const answer = await fetch(`${base}/api/posts/${post}/presence`, { headers, cache: 'no-store' }).catch(() => undefined)
  return answer?.status !== 401
}

/** The server does not show this page any more: its owner is signed out, or the page is gone. */
async function refused(path: string): Promise<void> {
  await forget(path)
  // Without this script there are no such pages at all.
  const answer = await fetch(worker.location.href, { cache: 'no-store' }).catch(() => undefined)
  if (answer?.status !== 404) return
  for (const name of await names()) await caches.delete(name)
  await worker.registration.unregister()
}

async function kept(path: string): Promise<Response | undefined> {
  for (const cache of await all()) {
    const found = await cache.match(path)
    if (found) return found
  }
  return undefined
}

async function keptPage(path: string): Promise<Response | undefined> {
  const page = await kept(path)
  const age = Date.now() - Date.parse(page?.headers.get('date') ?? '')
  // Not every host says when a page came.
  if (!(age >= LONGEST)) return page
  await forget(path)
  return undefined
}

async function forget(path: string): Promise<void> {
  for (const cache of await all()) await cache.delete(path)
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
