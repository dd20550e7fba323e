// Fields that are saved by hand, where two save at once.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import WebSocket from 'ws'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { Blog } from './blog.mjs'
import { picture } from './looks.mjs'
import { browser, writer } from './writer.mjs'

let blog
let ada

before(async () => {
  blog = await Blog.start()
  ada = await writer(blog, 'Ada')
})
after(async () => {
  await browser.close()
  await blog.stop()
  assert.deepEqual(ada.problems, [])
})

const head = (post) => blog.api('GET', `/posts/${post.id}?view=head`)
const patch = async (post, edit) => blog.api('PATCH', `/posts/${post.id}`, edit, { headers: { 'if-match': `"${(await head(post)).revision}"` } })

/** Somebody in a post's room who has no browser, and tells of whatever they like. */
async function program(post, name) {
  const doc = new Y.Doc()
  const provider = new WebsocketProvider(`${blog.address.replace('http', 'ws')}/ws/collaborate`, post.id, doc, {
    params: { token: blog.token(name) },
    WebSocketPolyfill: WebSocket,
  })
  await new Promise((resolve) => provider.once('sync', resolve))
  const tell = (revision) => provider.awareness.setLocalStateField('revision', revision)
  /** Moves, and resolves once Ada sees it. */
  const moves = async (index) => {
    const cursor = Y.createRelativePositionFromTypeIndex(doc.getText('body'), index)
    provider.awareness.setLocalStateField('cursor', { anchor: cursor, head: cursor })
    await ada.until((index) => {
      const caret = document.querySelector('.cm-line .caret')
      const before = document.createRange()
      if (caret) before.setStart(caret.parentNode, 0)
      if (caret) before.setEndBefore(caret)
      return caret && before.toString().length === index
    }, index)
  }
  const leave = () => {
    provider.destroy()
    doc.destroy()
  }
  return { tell, moves, leave }
}

async function open(custom = {}) {
  const post = await blog.api('POST', '/posts', { title: 'Fields', body: '', custom })
  await ada.edit(post.id)
  await ada.page.click('text=Details')
  return post
}

test('two addresses cross: the writer sees all three, and chooses', async () => {
  const post = await open()
  await ada.page.fill('#field-address', 'by-ada')
  await patch(post, { slug: 'by-somebody' })
  await ada.page.click('text=Save these')
  const text = await ada.sees('dialog')
  assert.match(text, /by-ada/)
  assert.match(text, /by-somebody/)
  assert.match(text, new RegExp(post.slug))
  await ada.page.click('dialog >> text=What you wrote')
  await ada.page.click('text=Save my choice')
  await ada.sees('text=Saved.')
  assert.equal((await head(post)).slug, 'by-ada')
})

test('an address that another post has is refused, in the words of the form', async () => {
  await blog.api('POST', '/posts', { title: 'Other', body: '', slug: 'of-another' })
  const post = await open()
  await ada.page.fill('#field-address', 'of-another')
  await ada.page.click('text=Save these')
  await ada.sees('text=Address is taken')
  assert.equal((await head(post)).slug, post.slug)
})

test('own fields merge by key, and the writer decides where both changed one', async () => {
  const post = await open({ mood: 'calm', place: 'sea' })
  await ada.page.fill('#field-own-fields', '{"mood": "merry", "place": "sea", "mine": 1}')
  await patch(post, { custom: { mood: 'sad', place: 'lake' } })
  await ada.page.click('text=Save these')
  assert.match(await ada.sees('dialog .hunk'), /mood/)
  await ada.page.fill('dialog textarea', 'mixed')
  await ada.page.click('text=Save my choice')
  await ada.sees('text=Saved.')
  assert.deepEqual((await head(post)).custom, { mood: 'mixed', place: 'lake', mine: 1 })
})

/** Chooses for a place of a conflict: one of what is there, or something else. */
async function choose(place, choice, text) {
  const set = ada.page.locator('dialog .hunk', { has: ada.page.locator(`legend:text-is("${place}")`) })
  if (text === undefined) await set.locator('label', { hasText: choice }).locator('input').check()
  else await set.locator('textarea').fill(text)
}

/** What a place of a conflict shows: what was written here, what is stored now, and what it was before. */
async function sides(place) {
  const set = ada.page.locator('dialog .hunk', { has: ada.page.locator(`legend:text-is("${place}")`) })
  return set.locator('.said').allTextContents()
}

test('several fields, and several places of one text, cross: what is stored is what was chosen for each, and all else', async () => {
  const lines = ['One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine']
  const story = (changed) => lines.map((line, index) => changed[index] ?? line).join('\n')
  const before = { story: story({}), mood: 'calm', place: 'sea', depth: 3, boats: ['red'], untouched: true }
  // Who has written something can be named.
  for (const as of ['Ada', 'Bob', 'Dan']) await blog.api('POST', '/posts', { title: as, body: '' }, { as, role: 'editor' })
  const post = await blog.api('POST', '/posts', { title: 'Fields', body: 'First.\n\nMiddle.\n\nLast.', custom: before, coauthors: ['dan'] })
  await ada.edit(post.id)
  await ada.page.click('text=Details')
  const mine = { ...before, story: story({ 0: 'One by Ada', 2: 'Three by Ada', 4: 'Five by Ada', 6: 'Seven by Ada' }), mood: 'merry', place: 'lake', depth: 4, boats: ['red', 'blue'], adas: 1 }
  await ada.page.fill('#field-address', 'by-ada')
  await ada.page.fill('#field-coauthors', 'dan, ada')
  await ada.page.fill('#field-own-fields', JSON.stringify(mine))
  const theirs = { ...before, story: story({ 2: 'Three by Bob', 4: 'Five by Bob', 6: 'Seven by Bob', 8: 'Nine by Bob' }), mood: 'sad', place: 'hill', depth: 5, boats: ['red', 'green'], bobs: 1 }
  await patch(post, { slug: 'by-bob', coauthors: ['dan', 'bob'], custom: theirs, body: 'First by Bob.\n\nMiddle.\n\nLast by Bob.', tags: ['bob'] })
  await ada.reads('First by Bob.\n\nMiddle.\n\nLast by Bob.')
  await ada.page.click('.cm-line:has-text("Middle")')
  await ada.page.keyboard.press('End')
  await ada.page.keyboard.type(' By Ada.')
  await ada.saving('stored')
  await ada.page.click('text=Save these')
  await ada.sees('dialog .hunk')
  const places = await ada.page.locator('dialog legend').allTextContents()
  const inStory = (number) => `Own field “story”, place ${number} of 3`
  const own = ['mood', 'place', 'depth', 'boats'].map((key) => `Own field “${key}”`)
  assert.deepEqual(places.toSorted(), ['Address', 'Coauthors', ...own, ...[1, 2, 3].map(inStory)].toSorted())
  assert.match((await sides(inStory(2))).join('; '), /Five.*Ada; Five.*Bob; Five$/)
  assert.deepEqual(await sides('Own field “depth”'), ['4', '5', '3'])
  await picture(ada, 'conflict-of-several-fields')
  await choose('Address', 'What is stored now')
  await choose('Coauthors', 'What you wrote')
  await choose('Own field “mood”', 'What it was before')
  await choose('Own field “place”', 'Something else', 'island')
  await choose('Own field “depth”', 'Something else', '6')
  await choose('Own field “boats”', 'What is stored now')
  await choose(inStory(1), 'What is stored now')
  await choose(inStory(2), 'What it was before')
  await choose(inStory(3), 'Something else', 'Seven by both\nand more')
  await ada.page.click('text=Save my choice')
  await ada.sees('text=Saved.')
  const stored = await head(post)
  const chosen = { story: 'One by Ada\nTwo\nThree by Bob\nFour\nFive\nSix\nSeven by both\nand more\nEight\nNine by Bob', mood: 'calm', place: 'island', depth: 6, boats: ['red', 'green'], untouched: true, adas: 1, bobs: 1 }
  assert.deepEqual({ slug: stored.slug, coauthors: stored.coauthors.map(({ id }) => id), custom: stored.custom }, { slug: 'by-bob', coauthors: ['dan', 'ada'], custom: chosen })
  assert.deepEqual({ body: stored.body, tags: stored.tags }, { body: 'First by Bob.\n\nMiddle. By Ada.\n\nLast by Bob.', tags: ['bob'] })
})

test('two edits of different lines of an own text go together without a question', async () => {
  const post = await open({ story: 'One\nTwo\nThree', mood: 'calm' })
  await ada.page.fill('#field-own-fields', JSON.stringify({ story: 'One by Ada\nTwo\nThree', mood: 'calm' }))
  await patch(post, { custom: { story: 'One\nTwo\nThree by Bob', mood: 'calm' } })
  await ada.page.click('text=Save these')
  await ada.sees('text=Saved.')
  assert.deepEqual((await head(post)).custom, { story: 'One by Ada\nTwo\nThree by Bob', mood: 'calm' })
})

test('a choice that is not made leaves everything as it was', async () => {
  const post = await open({ mood: 'calm' })
  await ada.page.fill('#field-own-fields', '{"mood": "merry"}')
  await patch(post, { custom: { mood: 'sad' } })
  await ada.page.click('text=Save these')
  await ada.sees('dialog')
  await ada.page.keyboard.press('Escape')
  await ada.gone('dialog')
  assert.deepEqual((await head(post)).custom, { mood: 'sad' })
  assert.match(await ada.page.inputValue('#field-own-fields'), /merry/)
})

test('a choice for one field decides about all that are saved with it', async () => {
  const post = await open({ mood: 'calm', place: 'sea' })
  const edit = async () => {
    await ada.page.fill('#field-address', 'all-or-nothing')
    await ada.page.fill('#field-own-fields', '{"mood": "merry", "place": "sea", "mine": 1}')
    await ada.page.click('text=Save these')
    await ada.sees('dialog')
  }
  await patch(post, { slug: 'by-another' })
  await patch(post, { custom: { mood: 'sad', place: 'lake' } })
  await edit()
  assert.equal(await ada.page.locator('dialog .hunk').count(), 2)
  await ada.page.keyboard.press('Escape')
  await ada.gone('dialog')
  const left = await head(post)
  assert.deepEqual({ slug: left.slug, custom: left.custom }, { slug: 'by-another', custom: { mood: 'sad', place: 'lake' } })
  await edit()
  await ada.page.click('text=Save my choice')
  await ada.sees('text=Saved.')
  const { slug, custom, revision } = await head(post)
  assert.deepEqual({ slug, custom }, { slug: 'all-or-nothing', custom: { mood: 'merry', place: 'lake', mine: 1 } })
  assert.equal(revision, left.revision + 1)
})

test('an address saved after others wrote goes through without a question', async () => {
  const post = await open()
  await ada.write('Live text.')
  await ada.saving('stored')
  await head(post)
  await ada.page.fill('#field-address', 'after-the-text')
  await ada.page.click('text=Save these')
  await ada.sees('text=Saved.')
  assert.equal((await head(post)).slug, 'after-the-text')
})

test('own fields that somebody has saved stay, also where it is not here yet what they are', async () => {
  const post = await open({ mood: 'calm' })
  const held = []
  await ada.page.route(/view=head/, (route) => held.push(route))
  const bob = await writer(blog, 'Bob')
  await bob.edit(post.id)
  await bob.page.click('text=Details')
  await bob.menu('Lock')
  await ada.sees('text=Locked by Bob')
  await bob.page.fill('#field-own-fields', '{"mood": "calm", "bobs": 1}')
  await bob.page.click('text=Save these')
  await bob.sees('text=Saved.')
  await bob.menu('Unlock')
  await ada.page.waitForSelector('#field-own-fields:not([readonly])')
  await ada.page.fill('#field-own-fields', '{"mood": "calm", "adas": 1}')
  await ada.page.click('text=Save these')
  await ada.sees('text=Saved.')
  assert.deepEqual((await head(post)).custom, { mood: 'calm', bobs: 1, adas: 1 })
  await Promise.all(held.map((route) => route.abort()))
  await ada.page.unroute(/view=head/)
  await bob.context.close()
})

test('a revision that somebody makes up is asked for once, and true ones still are', async () => {
  const post = await blog.api('POST', '/posts', { title: 'Claims', body: 'Some text' })
  await ada.edit(post.id)
  await ada.sees('.standing >> text=Draft')
  let asked = 0
  ada.page.on('request', (request) => (asked += request.url().includes('view=head') ? 1 : 0))
  const bob = await program(post, 'Bob')
  bob.tell(1e9)
  for (let index = 1; index <= 5; index += 1) await bob.moves(index)
  assert.equal(asked, 1)
  bob.tell((await patch(post, { slug: 'claimed-by-bob' })).revision)
  await ada.page.waitForFunction(() => document.querySelector('#field-address').value === 'claimed-by-bob')
  bob.leave()
})

test('however many revisions somebody makes up, one question is asked at a time', async () => {
  const post = await blog.api('POST', '/posts', { title: 'More claims', body: 'Some text' })
  await ada.edit(post.id)
  await ada.sees('.standing >> text=Draft')
  const held = []
  let isHeld = true
  await ada.page.route(/view=head/, (route) => (isHeld ? held.push(route) : route.continue()))
  const bob = await program(post, 'Bob')
  for (let index = 1; index <= 9; index += 1) {
    bob.tell(1e9 + index)
    await bob.moves(index)
  }
  assert.equal(held.length, 1)
  bob.tell((await patch(post, { slug: 'claimed-by-bob-again' })).revision)
  await bob.moves(1)
  assert.equal(held.length, 1)
  isHeld = false
  await held[0].continue()
  await ada.page.waitForFunction(() => document.querySelector('#field-address').value === 'claimed-by-bob-again')
  bob.leave()
})

test('what is wrong with a field is said beside it', async () => {
  await open()
  await ada.page.fill('#field-own-fields', '{"mood": ')
  await ada.page.click('text=Save these')
  await ada.page.waitForFunction(() => /Own fields/.test(document.querySelector('form .wrong').textContent))
  await ada.page.fill('#field-own-fields', '')
  await ada.page.fill('#field-address', 'No Slug!')
  await ada.page.click('text=Save these')
  await ada.page.waitForFunction(() => /^Address must/.test(document.querySelector('form .wrong').textContent))
})

test('what is not saved by hand yet keeps the page from going away by itself, and from being left unasked', async () => {
  const ada = await writer(blog, 'Ada')
  await ada.page.clock.install()
  const post = await blog.api('POST', '/posts', { title: 'Fields', body: '' })
  await ada.edit(post.id)
  await ada.page.click('text=Details')
  await ada.page.route('**/api/**', async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, headers: { ...response.headers(), 'x-blog-build': 'newer' } })
  })
  await ada.page.fill('#field-address', 'still-mine')
  await ada.sees('.banner')
  // Where it may, the page reloads within a second.
  await ada.page.clock.runFor(3000)
  assert.equal(await ada.page.inputValue('#field-address'), 'still-mine')
  const asked = ada.page.waitForEvent('dialog')
  await ada.page.close({ runBeforeUnload: true })
  const dialog = await asked
  assert.equal(dialog.type(), 'beforeunload')
  await dialog.dismiss()
  await ada.page.click('text=Sign out')
  await ada.sees('dialog >> text=in this tab alone')
  await ada.page.click('dialog >> text=Cancel')
  const reloaded = ada.page.waitForNavigation()
  await ada.page.click('text=Save these')
  await reloaded
  assert.equal((await head(post)).slug, 'still-mine')
  assert.deepEqual(ada.problems, [])
  await ada.page.unrouteAll({ behavior: 'ignoreErrors' })
  await ada.context.close()
})
