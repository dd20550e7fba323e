// Text that runs from right to left, alone and beside other text: each runs as it should, and cursors stand where they are.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import WebSocket from 'ws'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { Blog } from './blog.mjs'
import { LOOKS, viewer } from './looks.mjs'
import { browser, writer } from './writer.mjs'

const TITLE = 'יומן מסע'
const MIXED = 'שלום, world: שוב.'
const BODY = `${MIXED}\n\nEnglish, then עברית.\n\nمساء الخير من الشاطئ.\n`
const EXCERPT = 'יום ליד הים, in short.'

let blog
let post

before(async () => {
  blog = await Blog.start()
  const as = { as: 'עדה', role: 'editor' }
  post = await blog.api('POST', '/posts', { title: TITLE, body: BODY, excerpt: EXCERPT, tags: ['ים', 'sea'], category: 'מסעות' }, as)
  await blog.api('POST', '/posts', { title: 'A day at the sea', body: 'Text.' }, as)
  await blog.api('PATCH', `/posts/${post.id}`, { body: BODY.replace('שוב', 'ושוב'), message: 'אחרי הליכה' }, { ...as, headers: { 'if-match': `"${post.revision}"` } })
})
after(async () => {
  await browser.close()
  await blog.stop()
})

async function reader(scene, options) {
  const ada = await writer(blog, 'Ada', options)
  try {
    await scene(ada)
    assert.deepEqual(ada.problems, [])
  } finally {
    await ada.context.close()
  }
}

const direction = ({ page }, selector) => page.$eval(selector, (element) => getComputedStyle(element).direction)

/** Where these words begin and end on the page, from the left. */
const extent = ({ page }, selector, words) =>
  page.$eval(
    selector,
    (element, words) => {
      const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT)
      while (walker.nextNode()) {
        const at = walker.currentNode.data.indexOf(words)
        if (at < 0) continue
        const range = document.createRange()
        range.setStart(walker.currentNode, at)
        range.setEnd(walker.currentNode, at + words.length)
        const { left, right } = range.getBoundingClientRect()
        const box = element.getBoundingClientRect()
        return { left, right, toLeft: left - box.left, toRight: box.right - right }
      }
      throw new Error(`${words} is not there`)
    },
    words,
  )

/** Whether words stand at the right end of what they are in, and not at its left. */
async function isAtRight(one, selector, words) {
  const { toLeft, toRight } = await extent(one, selector, words)
  assert.ok(toRight < toLeft, `${words} in ${selector}: ${toLeft} from the left, ${toRight} from the right`)
}

test('title, text, excerpt and preview of the editor run as what they say does', () =>
  reader(async (ada) => {
    await ada.edit(post.id)
    assert.equal(await direction(ada, '.title'), 'rtl')
    await ada.sees('.preview .body p')
    await isAtRight(ada, '.preview h1', TITLE)
    await isAtRight(ada, '.preview .body p:nth-of-type(1)', 'שלום')
    const { toLeft, toRight } = await extent(ada, '.preview .body p:nth-of-type(2)', 'English')
    assert.ok(toLeft < toRight)
    await isAtRight(ada, '.cm-line:nth-child(1)', 'שלום')
    await isAtRight(ada, '.cm-line:nth-child(5)', 'مساء')
    await ada.page.click('[role="tab"]:has-text("Details")')
    for (const field of ['excerpt', 'tags', 'category']) assert.equal(await direction(ada, `#field-${field}`), 'rtl', field)
    // It turns with what is written.
    await ada.page.fill('.title', 'A diary')
    assert.equal(await direction(ada, '.title'), 'ltr')
    await ada.page.fill('.title', TITLE)
    assert.equal(await direction(ada, '.title'), 'rtl')
    await ada.saving('stored')
  }))

/** The left and right edge of each character of the first line, whatever cursors stand in it. */
const characters = ({ page }) =>
  page.evaluate(() => {
    const walker = document.createTreeWalker(document.querySelector('.cm-line'), NodeFilter.SHOW_TEXT, ({ parentElement }) =>
      parentElement.closest('.caret') ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
    )
    const found = []
    while (walker.nextNode()) {
      const { data } = walker.currentNode
      for (let at = 0; at < data.length; at += 1) {
        const range = document.createRange()
        range.setStart(walker.currentNode, at)
        range.setEnd(walker.currentNode, at + 1)
        const { left, right } = range.getBoundingClientRect()
        found.push({ left, right, isRight: !/[a-z]/.test(data[at]) })
      }
    }
    return found
  })

test('another’s cursor stands beside the letters that it is between, wherever in mixed text, and moves none of them', () =>
  reader(async (ada) => {
    const { id } = await blog.api('POST', '/posts', { title: TITLE, body: MIXED }, { as: 'Ada', role: 'editor' })
    await ada.edit(id)
    const before = await characters(ada)
    assert.equal(before.length, MIXED.length)
    const doc = new Y.Doc()
    const body = doc.getText('body')
    const provider = new WebsocketProvider(`${blog.address.replace('http', 'ws')}/ws/collaborate`, id, doc, { params: { token: blog.token('Bob') }, WebSocketPolyfill: WebSocket })
    await new Promise((resolve) => provider.once('sync', resolve))
    for (let index = 0; index <= MIXED.length; index += 1) {
      const cursor = Y.createRelativePositionFromTypeIndex(body, index)
      provider.awareness.setLocalStateField('cursor', { anchor: cursor, head: cursor })
      await ada.until((index) => {
        const caret = document.querySelector('.cm-line .caret')
        const text = document.createRange()
        if (caret) text.setStart(caret.parentNode, 0)
        if (caret) text.setEndBefore(caret)
        return caret && text.toString().length === index
      }, index)
      assert.equal(await direction(ada, '.cm-line'), 'rtl', `with a cursor at ${index}`)
      const after = await characters(ada)
      for (const [at, { left }] of after.entries()) assert.ok(Math.abs(left - before[at].left) < 4, `character ${at} moved from ${before[at].left} to ${left} with a cursor at ${index}`)
      const caret = await ada.page.$eval('.cm-line .caret', (caret) => caret.getBoundingClientRect().left)
      const [one, other] = [after[index - 1], after[index]]
      const beside = [one && (one.isRight ? one.left : one.right), other && (other.isRight ? other.right : other.left)].filter((edge) => edge !== undefined)
      assert.ok(beside.some((edge) => Math.abs(edge - caret) < 4), `the cursor at ${index} is at ${caret}, not at ${beside}`)
    }
    provider.destroy()
    doc.destroy()
  }))

test('one’s own cursor goes through mixed text letter by letter, and what is typed comes where it stands', () =>
  reader(async (ada) => {
    const { id } = await blog.api('POST', '/posts', { title: TITLE, body: 'שלום abc' }, { as: 'Ada', role: 'editor' })
    await ada.edit(id)
    await ada.page.focus('.cm-content')
    await ada.page.keyboard.press('Control+Home')
    await ada.page.keyboard.press('ArrowLeft')
    await ada.page.keyboard.type('־')
    await ada.reads('ש־לום abc')
    await ada.page.keyboard.press('Control+End')
    await ada.page.keyboard.type('ד')
    await ada.reads('ש־לום abcד')
    await ada.page.keyboard.press('Control+Home')
    await ada.page.keyboard.type('א')
    await ada.reads('אש־לום abcד')
  }))

test('titles in the list, and in what is asked about them, keep their places', () =>
  reader(async (ada) => {
    const other = await blog.api('POST', '/posts', { title: 'עוד יומן', body: 'Text.', tags: ['שניים'] }, { as: 'Ada', role: 'editor' })
    await blog.api('PATCH', `/posts/${post.id}`, { tags: ['שניים'] }, { headers: { 'if-match': `"${(await blog.api('GET', `/posts/${post.id}?view=head`)).revision}"` } })
    await ada.open(`/admin?tag=${encodeURIComponent('שניים')}`, '.rows li')
    assert.equal(await direction(ada, `[data-id="${other.id}"] h2 a`), 'rtl')
    // The facts below stand in the order of the page: who, when, how much.
    const facts = `[data-id="${post.id}"] p`
    const [who, how, where] = [await extent(ada, facts, 'עדה'), await extent(ada, facts, 'words'), await extent(ada, facts, 'מסעות')]
    assert.ok(who.right < how.left && how.right < where.left)
    await ada.page.check('#choose-all')
    await ada.page.click('.bulk >> text=Archive')
    await ada.sees('dialog')
    const [first, second] = [await extent(ada, 'dialog p', 'עוד'), await extent(ada, 'dialog p', TITLE)]
    const isFirst = (await ada.page.textContent('dialog p')).indexOf('עוד') < (await ada.page.textContent('dialog p')).indexOf(TITLE)
    assert.ok(isFirst ? first.right < second.left : second.right < first.left)
    await ada.page.click('dialog >> text=Cancel')
  }))

test('a post’s history runs as its texts do', () =>
  reader(async (ada) => {
    await ada.open(`/admin/posts/${post.id}/history?from=1&to=2`, '.result ins')
    await isAtRight(ada, 'h1', TITLE)
    assert.equal(await direction(ada, '[data-number="2"] .message'), 'rtl')
    await isAtRight(ada, '.result .text', 'שלום')
    await isAtRight(ada, '.result .text', 'مساء')
    const { toLeft, toRight } = await extent(ada, '.result .text', 'English')
    assert.ok(toLeft < toRight)
    await ada.page.click('text=Side by side')
    await ada.sees('.beside')
    await isAtRight(ada, '.beside td:nth-child(2)', 'world')
    await ada.page.click('text=Who wrote this')
    await ada.sees('.runs li')
    await isAtRight(ada, '.runs', 'مساء')
  }))

for (const look of ['light', 'phone']) {
  test(`pages of text from right to left, ${look}`, () =>
    reader(async (ada) => {
      const found = []
      const see = viewer(ada.page, look, found)
      await ada.open('/admin', '.rows li')
      await see('right-to-left-list')
      await ada.edit(post.id)
      await see('right-to-left-edit')
      await ada.page.click('[role="tab"]:has-text("Details")')
      await see('right-to-left-details')
      await ada.open(`/admin/posts/${post.id}/history?from=1&to=2`, '.result ins')
      await see('right-to-left-history')
      assert.deepEqual(found, [])
    }, LOOKS[look]))
}
