// What stays in a browser when somebody signs out, and what others find in it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Blog } from './blog.mjs'
import { eventually } from './eventually.mjs'
import { browser, signIn, writer } from './writer.mjs'

let blog

before(async () => {
  blog = await Blog.start()
})
after(async () => {
  await browser.close()
  await blog.stop()
})

const draft = (title, body = 'Text. ') => blog.api('POST', '/posts', { title, body }, { as: 'Ada', role: 'editor' })
const head = (post) => blog.api('GET', `/posts/${post.id}?view=head`)

/** Ada's browser, in which nothing may go wrong. */
async function inBrowser(scene) {
  const ada = await writer(blog, 'Ada')
  try {
    await scene(ada)
    assert.deepEqual(ada.problems, [])
  } finally {
    await ada.context.close()
  }
}

/** Writes something that does not reach the server, and closes the tab. */
async function writeOffline(ada, post, text) {
  await ada.edit(post.id)
  await ada.cut()
  await ada.saving('offline')
  await ada.write(text)
  await ada.untilKept()
  await ada.page.close({ runBeforeUnload: false })
  ada.line.mend()
  ada.page = await ada.context.newPage()
}

/** From now on nothing that is written on a page reaches the server. */
const silence = (page) => page.evaluate(() => (WebSocket.prototype.send = () => {}))

/** How much of each post the browser keeps, and how many pages and workers. */
const kept = (ada) =>
  ada.page.evaluate(async () => {
    const answer = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)))
    const database = await answer(indexedDB.open('blog:'))
    const stores = database.transaction(['updates', 'unsent'])
    const updates = await answer(stores.objectStore('updates').getAll())
    const unsent = await answer(stores.objectStore('unsent').getAll())
    database.close()
    return {
      documents: [...new Set(updates.map(({ document }) => document.join(' ')))].sort(),
      unsent: [...new Set(unsent.map(({ post }) => post))],
      pages: (await caches.keys()).length,
      workers: (await navigator.serviceWorker.getRegistrations()).length,
    }
  })

test('who signs out leaves nothing in the browser', () =>
  inBrowser(async (ada) => {
    const post = await draft('Stored')
    await ada.edit(post.id)
    await ada.write('More.')
    await ada.saving('stored')
    await ada.keeps()
    assert.deepEqual((await kept(ada)).documents, [`ada ${post.id}`])
    await ada.page.click('text=Sign out')
    await ada.sees('.sign-in')
    assert.deepEqual(await kept(ada), { documents: [], unsent: [], pages: 0, workers: 0 })
    assert.equal((await head(post)).body, 'Text. More.')
  }))

test('who has text that is not stored is told in which posts, and may stay, or keep it for the next time', () =>
  inBrowser(async (ada) => {
    const [unsent, stored] = [await draft('On the train'), await draft('At home')]
    await ada.edit(stored.id)
    await ada.write('Stored.')
    await ada.saving('stored')
    await writeOffline(ada, unsent, 'Not sent.')
    await ada.open('/admin', '.rows li')
    await ada.page.click('text=Sign out')
    const said = await ada.sees('dialog')
    assert.match(said, /On the train/)
    assert.doesNotMatch(said, /At home/)
    await ada.page.click('dialog >> text=Cancel')
    await ada.open('/admin', '.rows li')
    await ada.page.click('text=Sign out')
    await ada.page.click('dialog .primary')
    await ada.sees('.sign-in')
    assert.deepEqual(await kept(ada), { documents: [`ada ${unsent.id}`], unsent: [unsent.id], pages: 0, workers: 0 })
    await signIn(ada.context, ada.line, blog.token('Ada', 'editor'))
    await ada.edit(unsent.id)
    await ada.reads('Text. Not sent.')
    await ada.saving('stored')
    assert.equal((await head(unsent)).body, 'Text. Not sent.')
    await ada.page.click('text=Sign out')
    await ada.sees('.sign-in')
    assert.deepEqual((await kept(ada)).documents, [])
  }))

test('who is asked is asked again if another tab writes meanwhile', () =>
  inBrowser(async (ada) => {
    const [first, second] = [await draft('The first'), await draft('The second')]
    await writeOffline(ada, first, 'Not sent.')
    await ada.open('/admin', '.rows li')
    await ada.page.click('text=Sign out')
    await ada.sees('dialog >> text=The first')
    const list = ada.page
    ada.page = await ada.context.newPage()
    await ada.edit(second.id)
    await silence(ada.page)
    await ada.write('Nor this.')
    await ada.untilKept()
    const other = ada.page
    ada.page = list
    await ada.page.click('dialog .primary')
    await ada.sees('dialog >> text=The second')
    await ada.page.click('dialog .primary')
    await ada.sees('.sign-in')
    await other.waitForSelector('text=You have signed out in another tab.')
    assert.deepEqual((await kept(ada)).unsent.sort(), [first.id, second.id].sort())
  }))

test('what one tab has stored does not hide what another has written since', () =>
  inBrowser(async (ada) => {
    const post = await draft('Two tabs offline')
    await ada.edit(post.id)
    await ada.keeps()
    const address = ada.page.url()
    await ada.cut()
    await ada.saving('offline')
    await ada.write('One. ')
    await ada.untilKept()
    const first = ada.page
    const second = await ada.context.newPage()
    ada.page = second
    await ada.page.goto(address)
    await ada.reads('Text. One. ')
    ada.page = first
    await ada.write('Two. ')
    await ada.untilKept()
    await ada.page.close({ runBeforeUnload: false })
    ada.page = second
    ada.line.mend()
    await ada.saving('stored')
    // Without a connection it says what it knows to be unsent.
    ada.line.cut()
    await ada.page.waitForFunction(() => document.querySelector('.saving[data-state="offline"] > span').textContent === 'Offline')
    assert.equal((await head(post)).body, 'Text. One. ')
    assert.deepEqual((await kept(ada)).unsent, [post.id])
    ada.line.mend()
    await ada.page.reload()
    await ada.reads('Text. One. Two. ')
    await ada.saving('stored')
    await eventually(async () => (await kept(ada)).unsent.length === 0, 'nothing is unsent')
  }))

test('who wants it gone has it gone', () =>
  inBrowser(async (ada) => {
    const post = await draft('A secret')
    await writeOffline(ada, post, 'Not for anybody.')
    await ada.open('/admin', '.rows li')
    await ada.page.click('text=Sign out')
    await ada.page.click('dialog >> text=Delete it')
    await ada.page.click('dialog .primary')
    await ada.sees('.sign-in')
    assert.deepEqual(await kept(ada), { documents: [], unsent: [], pages: 0, workers: 0 })
    await signIn(ada.context, ada.line, blog.token('Ada', 'editor'))
    await ada.edit(post.id)
    await ada.reads('Text. ')
  }))

test('nobody is signed out, and nothing deleted, while the server is away', () =>
  inBrowser(async (ada) => {
    const post = await draft('Away')
    await ada.edit(post.id)
    await ada.cut()
    await ada.saving('offline')
    await ada.page.click('text=Sign out')
    assert.match(await ada.sees('.failure'), /not signed out: the server cannot be reached/)
    assert.deepEqual((await kept(ada)).documents, [`ada ${post.id}`])
    ada.line.mend()
    await ada.saving('stored')
  }))

test('who signs out is asked before text goes that is in the tab alone, and may stay and write on', () =>
  inBrowser(async (ada) => {
    const post = await draft('Kept nowhere')
    await ada.page.addInitScript(() => {
      indexedDB.open = () => {
        throw new Error('this browser keeps nothing')
      }
    })
    await ada.edit(post.id)
    await silence(ada.page)
    await ada.write('In this tab alone.')
    await ada.page.click('text=Sign out')
    assert.match(await ada.sees('dialog'), /this browser does not keep it/)
    await ada.page.click('dialog >> text=Cancel')
    await ada.write(' And more.')
    await ada.reads('Text. In this tab alone. And more.')
    await ada.page.click('text=Sign out')
    await ada.sees('dialog')
    await ada.page.click('dialog .primary')
    await ada.sees('.sign-in')
  }))

test('other tabs of who signs out show nothing any more, and keep nothing', () =>
  inBrowser(async (ada) => {
    const post = await draft('Two tabs')
    await ada.edit(post.id)
    const first = ada.page
    ada.page = await ada.context.newPage()
    await ada.open('/admin', '.rows li')
    await ada.page.click('text=Sign out')
    await ada.sees('.sign-in')
    await first.waitForSelector('text=You have signed out in another tab.')
    assert.equal(await first.locator('.cm-content').count(), 0)
    assert.deepEqual((await kept(ada)).documents, [])
    await first.click('text=Sign in')
    await first.waitForSelector('.sign-in')
  }))

test('another person in the same browser does not get what was written, and its writer does', () =>
  inBrowser(async (ada) => {
    const post = await draft('Shared')
    await writeOffline(ada, post, 'By Ada alone.')
    await ada.context.clearCookies()
    await signIn(ada.context, ada.line, blog.token('Bob'))
    await ada.edit(post.id)
    assert.match(await ada.sees('.people'), /Bob \(you\)/)
    await ada.reads('Text. ')
    await ada.write('By Bob. ')
    await ada.saving('stored')
    assert.equal((await head(post)).body, 'Text. By Bob. ')
    await ada.page.click('text=Sign out')
    await ada.sees('.sign-in')
    assert.deepEqual((await kept(ada)).documents, [`ada ${post.id}`])
    await signIn(ada.context, ada.line, blog.token('Ada', 'editor'))
    await ada.edit(post.id)
    const text = await ada.reads(/By Ada alone\./)
    assert.match(text, /By Bob\. /)
  }))

test('a tab does nothing as another person who signs in beside it, and what is written there is stored as its writer’s', () =>
  inBrowser(async (ada) => {
    const post = await draft('Two people')
    await ada.edit(post.id)
    await ada.context.clearCookies()
    await signIn(ada.context, ada.line, blog.token('Bob'))
    const bobs = await ada.context.newPage()
    await bobs.goto(`${ada.line.address}/admin`)
    await bobs.waitForSelector('.rows li')
    await ada.page.click('text=Publish')
    assert.match(await ada.sees('.failure'), /not signed in here any more/)
    await ada.cut()
    await ada.saving('offline')
    await ada.write('By Ada.')
    ada.line.mend()
    assert.match(await ada.sees('.saving[data-state="refused"]'), /you are signed out.*kept in this browser/)
    const refused = await head(post)
    assert.deepEqual([refused.body, refused.status], ['Text. ', 'draft'])
    await signIn(ada.context, ada.line, blog.token('Ada', 'editor'))
    await ada.page.click('text=Try again')
    await ada.saving('stored')
    const stored = await head(post)
    assert.equal(stored.body, 'Text. By Ada.')
    const { authors } = await blog.api('GET', `/posts/${post.id}/versions/${stored.version}/authorship`)
    assert.deepEqual(authors.map(({ id }) => id), ['ada'])
  }))
