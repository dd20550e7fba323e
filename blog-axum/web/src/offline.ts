import { page } from './page'

/** What a page of the editor consists of. */
const FILES = ['admin.css', 'editor.js', 'shared.js']
const BUILD = 'x-blog-build'
/** So many pages are kept; those that were opened last. */
const PAGES = 50

const PREFIX = `blog:${page.base}:`
const SCOPE = `${page.base}/admin/posts/`
/** The pages of one person, as one build of the server has them. */
const OWN = `${PREFIX}${encodeURIComponent(page.actor.id)}:`
const NAME = OWN + page.build

/**
 * Keeps this page of the editor in the browser, so that it opens while the server is away
 * (src/worker). What another build or another person has left goes; one's own pages of another build are
 * brought anew. Browsers without service workers, and addresses without HTTPS, keep none.
 */
export async function keepPage(): Promise<void> {
  if (!('serviceWorker' in navigator)) return
  await navigator.serviceWorker.register(`${page.base}/admin/worker.js`, { scope: SCOPE, updateViaCache: 'none' })
  const files = FILES.map((file) => `${page.base}/admin/assets/${page.build}/${file}`)
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== NAME)
  const cache = await caches.open(NAME)
  // A page is kept only where all that it consists of is.
  await Promise.all(files.map(async (file) => (await cache.match(file)) ?? cache.add(new Request(file, { redirect: 'error' }))))
  // What newer builds have kept is not for a page of an older one to delete.
  if (!(await put(cache, location.pathname))) return
  for (const name of old) {
    if (name.startsWith(OWN)) await Promise.all((await pages(await caches.open(name))).map((path) => put(cache, path)))
    await caches.delete(name)
  }
  for (const path of (await pages(cache)).slice(0, -PAGES)) await cache.delete(path)
}

/** Forgets every page, and what shows them. */
export async function forgetPages(): Promise<void> {
  if (!('serviceWorker' in navigator)) return
  for (const name of await caches.keys()) {
    if (name.startsWith(PREFIX)) await caches.delete(name)
  }
  const registration = await navigator.serviceWorker.getRegistration(SCOPE)
  if (registration && new URL(registration.scope).pathname === SCOPE) await registration.unregister()
}

/** The paths of the pages in a cache, in the order in which they came. */
async function pages(cache: Cache): Promise<string[]> {
  const paths = (await cache.keys()).map(({ url }) => new URL(url).pathname)
  return paths.filter((path) => path.endsWith('/edit'))
}

/** Keeps a page as the server has it now, with a policy and a nonce that fit each other; false if it has another build's. */
async function put(cache: Cache, path: string): Promise<boolean> {
  const answer = await fetch(path, { redirect: 'error', cache: 'no-store' }).catch(() => undefined)
  if (!answer?.ok || answer.headers.get(BUILD) !== page.build) return false
  await cache.put(path, answer)
  return true
}
