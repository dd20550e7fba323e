// The editor while the server is away: its page opens, what was written is there, and nothing is lost.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Blog } from './blog.mjs'
import { browser, signIn, writer } from './writer.mjs'

let blog

before(async () => {
  blog = await Blog.start('/my/blog')
})
after(async () => {
  await browser.close()
  await blog.stop()
})

const draft = (body) => blog.api('POST', '/posts', { title: 'At sea', body }, { as: 'Ada', role: 'editor' })
const head = (post) => blog.api('GET', `/posts/${post.id}?view=head`)

async function alone(scene, name = 'Ada') {
  const one = await writer(blog, name)
  try {
    await scene(one)
    assert.deepEqual(one.problems, [])
  } finally {
    await one.context.close()
  }
}

/** Opens a post, and waits until its page would open without a server. */
async function keep(one, post) {
  await one.edit(post.id)
  await one.keeps()
}

const said = (one, name) => one.page.getAttribute(`meta[name="${name}"]`, 'content')
const kept = (one) =>
  one.page.evaluate(async () => {
    const caches_ = await Promise.all((await caches.keys()).map((name) => caches.open(name)))
    const requests = (await Promise.all(caches_.map((cache) => cache.keys()))).flat()
    return requests.map(({ url }) => new URL(url).pathname).sort()
  })

/** Whether this browser has put down that the server lacks something. */
const isUnsent = async () => {
  const answer = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)))
  const database = await answer(indexedDB.open('blog:/my/blog'))
  const count = await answer(database.transaction('unsent').objectStore('unsent').count())
  database.close()
  return count > 0
}

test('a tab that is reloaded or opened while the server is away has the text, and what is written then is stored later', () =>
  alone(async (ada) => {
    const post = await draft('On land. ')
    await keep(ada, post)
    await ada.write('Stored. ')
    await ada.saving('stored')
    await blog.kill()
    await ada.saving('offline')
    await ada.write('Not sent. ')
    await ada.page.reload()
    await ada.reads('On land. Stored. Not sent. ')
    assert.match(await ada.sees('.saving[data-state="offline"]'), /Offline, not sent yet.*kept in this browser/)
    await ada.write('After reloading. ')
    const address = ada.page.url()
    await ada.untilKept()
    await ada.page.close()
    ada.page = await ada.context.newPage()
    await ada.page.goto(address)
    await ada.reads('On land. Stored. Not sent. After reloading. ')
    await ada.write('In a new tab. ')
    await blog.run()
    await ada.saving('stored')
    const text = 'On land. Stored. Not sent. After reloading. In a new tab. '
    assert.equal((await head(post)).body, text)
    assert.equal(await ada.sees('.preview .body p'), text.trim())
    // The parts of the page that need the server come by themselves.
    await ada.menu('Name this version…')
    await ada.sees('dialog')
  }))

test('what others wrote meanwhile and what was written in a reloaded tab become one text', () =>
  alone(async (ada) => {
    const post = await draft('Base.\n')
    await keep(ada, post)
    ada.line.cut()
    await ada.page.reload()
    await ada.write('By Ada. ')
    await alone(async (bob) => {
      await bob.edit(post.id)
      await bob.page.focus('.cm-content')
      await bob.page.keyboard.press('Control+Home')
      await bob.page.keyboard.type('By Bob. ')
      await bob.saving('stored')
    }, 'Bob')
    ada.line.mend()
    await ada.saving('stored')
    await ada.reads('By Bob. Base.\nBy Ada. ')
    assert.equal((await head(post)).body, 'By Bob. Base.\nBy Ada. ')
  }))

test('a server that answers is always asked for its page, and nothing but the editor is kept', () =>
  alone(async (ada) => {
    const post = await draft('')
    await keep(ada, post)
    await ada.page.reload()
    const nonce = await said(ada, 'csp-nonce')
    await ada.page.reload()
    await ada.saving('stored')
    assert.notEqual(await said(ada, 'csp-nonce'), nonce)
    await ada.open(`/admin/posts/${post.id}/history`, '.versions')
    await ada.open('/admin', '.rows li')
    const build = await said(ada, 'build')
    const files = ['admin.css', 'editor.js', 'shared.js'].map((file) => `/my/blog/admin/assets/${build}/${file}`)
    assert.deepEqual(await kept(ada), [...files, `/my/blog/admin/posts/${post.id}/edit`])
  }))

test('another build’s pages are brought anew, and another person’s are gone', () =>
  alone(async (ada) => {
    const [post, other, gone] = [await draft('Mine'), await draft('Also mine'), await draft('Gone')]
    await ada.open('/admin', '.rows li')
    await ada.page.evaluate(async ([other, gone]) => {
      const old = await caches.open('blog:/my/blog:ada:older')
      for (const id of [other, gone]) await old.put(`/my/blog/admin/posts/${id}/edit`, new Response('old'))
      await old.put('/my/blog/admin/assets/older/editor.js', new Response('old'))
      const bobs = await caches.open('blog:/my/blog:bob:older')
      await bobs.put(`/my/blog/admin/posts/${other}/edit`, new Response('Bob’s'))
      await (await caches.open('of the host')).put('/theirs', new Response('theirs'))
    }, [other.id, gone.id])
    await blog.api('POST', `/posts/${gone.id}/trash`)
    await blog.api('DELETE', `/posts/${gone.id}`)
    await keep(ada, post)
    const build = await said(ada, 'build')
    await ada.until(async () => (await caches.keys()).length === 2)
    const names = await ada.page.evaluate(() => caches.keys())
    assert.deepEqual(names.sort(), [`blog:/my/blog:ada:${build}`, 'of the host'].sort())
    const pages = (await kept(ada)).filter((path) => path.endsWith('/edit'))
    assert.deepEqual(pages, [post, other].map(({ id }) => `/my/blog/admin/posts/${id}/edit`).sort())
    await ada.page.evaluate(() => caches.delete('of the host'))
    // One that was never opened in this build has no text here yet, but its page works.
    ada.line.cut()
    await ada.open(`/admin/posts/${other.id}/edit`, '.saving[data-state="opening"]')
    ada.line.mend()
    await ada.reads('Also mine')
  }))

test('a page that the server shows no more is not kept, nor anything where it has no such pages', () =>
  alone(async (ada) => {
    const [post, other] = [await draft('One'), await draft('Two')]
    await keep(ada, post)
    await keep(ada, other)
    const cookies = await ada.context.cookies()
    await ada.context.clearCookies()
    await ada.page.reload()
    await ada.sees('.sign-in')
    await ada.until(async (id) => !(await caches.match(`/my/blog/admin/posts/${id}/edit`)), other.id)
    assert.ok((await kept(ada)).some((path) => path.includes(post.id)))
    await ada.context.addCookies(cookies)
    ada.line.mislead()
    const answer = await ada.page.goto(`${ada.line.address}/admin/posts/${post.id}/edit`)
    assert.equal(answer.status(), 404)
    ada.line.mend()
    await ada.open('/admin', '.rows li')
    await ada.until(async () => (await caches.keys()).length === 0 && (await navigator.serviceWorker.getRegistrations()).length === 0)
  }))

test('the files of a page that is kept may be older than it', () =>
  alone(async (ada) => {
    const post = await draft('Still here')
    await keep(ada, post)
    await ada.page.evaluate(async () => {
      const [name] = await caches.keys()
      const cache = await caches.open(name)
      for (const { url } of await cache.keys()) {
        if (!url.includes('/assets/')) continue
        const file = await cache.match(url)
        await cache.put(url, new Response(await file.blob(), { headers: { date: 'Thu, 01 Jan 2015 00:00:00 GMT' } }))
      }
    })
    const session = await ada.context.newCDPSession(ada.page)
    await session.send('Network.clearBrowserCache')
    ada.line.cut()
    await ada.page.reload()
    await ada.reads('Still here')
  }))

test('where the browser’s caches fail, the server’s pages are shown', () =>
  alone(async (ada) => {
    const post = await draft('From the server')
    await keep(ada, post)
    await ada.page.reload()
    const [worker = await ada.context.waitForEvent('serviceworker')] = ada.context.serviceWorkers()
    await worker.evaluate(() => {
      CacheStorage.prototype.keys = () => Promise.reject(new Error('the disk is broken'))
    })
    await ada.page.reload()
    await ada.saving('stored')
    await ada.reads('From the server')
  }))

test('text of a post that is gone can be copied by whoever wrote it, and by nobody else', () =>
  alone(async (ada) => {
    const post = await draft('Base. ')
    await keep(ada, post)
    ada.line.cut()
    await ada.saving('offline')
    await ada.write('Only here. ')
    await ada.until(isUnsent)
    const address = ada.page.url()
    await ada.page.close({ runBeforeUnload: false })
    await blog.api('POST', `/posts/${post.id}/trash`)
    await blog.api('DELETE', `/posts/${post.id}`)
    ada.line.mend()
    ada.page = await ada.context.newPage()
    await signIn(ada.context, ada.line, blog.token('Bob'))
    const answer = await ada.page.goto(address)
    assert.equal(answer.status(), 404)
    assert.equal(await ada.page.locator('.cm-content').count(), 0)
    await signIn(ada.context, ada.line, blog.token('Ada'))
    await ada.page.goto(address)
    await ada.reads('Base. Only here. ')
    assert.match(await ada.sees('.saving[data-state="refused"]'), /this post is gone.*Copy my text/)
    await ada.page.click('text=Discard what is not stored')
    await ada.page.click('dialog .primary')
    await ada.gone('.cm-content')
    assert.equal((await ada.page.goto(address)).status(), 404)
  }))

test('something that is kept and cannot be read hides nothing else that is', () =>
  alone(async (ada) => {
    const post = await draft('Base. ')
    await keep(ada, post)
    ada.line.cut()
    await ada.saving('offline')
    await ada.write('Kept. ')
    await ada.until(isUnsent)
    await ada.page.evaluate(async (post) => {
      const answer = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)))
      const database = await answer(indexedDB.open('blog:/my/blog'))
      await answer(database.transaction('updates', 'readwrite').objectStore('updates').add({ document: ['ada', post], update: new Uint8Array([255, 255, 255]) }))
      database.close()
    }, post.id)
    await ada.page.reload()
    await ada.reads('Base. Kept. ')
    assert.match(await ada.sees('.saving[data-state="offline"]'), /kept in this browser/)
    ada.line.mend()
    await ada.saving('stored')
    assert.equal((await head(post)).body, 'Base. Kept. ')
  }))
