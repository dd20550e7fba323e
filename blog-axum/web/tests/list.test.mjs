// The list of posts, and a post's history.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Blog } from './blog.mjs'
import { eventually } from './eventually.mjs'
import { browser, writer } from './writer.mjs'

let blog
let ada

before(async () => {
  blog = await Blog.start()
  ada = await writer(blog, 'Ada')
  for (let number = 1; number <= 25; number += 1) {
    const tags = number % 2 ? ['odd'] : ['even']
    await blog.api('POST', '/posts', { title: `Draft ${number}`, body: `Words of ${number}`, tags, category: 'notes' }, { as: 'Ada', role: 'editor' })
  }
})
after(async () => {
  await browser.close()
  await blog.stop()
  assert.deepEqual(ada.problems, [])
})

const titles = () => ada.page.$$eval('.rows h2', (headings) => headings.map((heading) => heading.textContent))
const shows = (number) => ada.page.waitForFunction((number) => document.querySelectorAll('.rows li').length === number, number)

test('posts by status, page by page, narrowed down', async () => {
  await ada.open('/admin', '.rows li')
  assert.equal((await titles()).length, 20)
  await ada.page.click('text=Show more')
  await shows(25)
  await ada.page.selectOption('[aria-label="Tag"]', 'even')
  await shows(12)
  await ada.page.click('nav >> text=Published')
  await shows(0)
  await ada.page.selectOption('[aria-label="Tag"]', '')
  await shows(3)
  await ada.page.goBack()
  await shows(0)
})

/** Holds back what fits, until it is to fail or pass. */
async function held(pattern) {
  const waiting = []
  await ada.page.route(pattern, (route) => waiting.push(route))
  const arrived = async () => {
    await eventually(() => waiting.length > 0, `asked for ${pattern}`)
    return waiting.splice(0)
  }
  return {
    fail: async () => Promise.all((await arrived()).map((route) => route.abort())),
    pass: async () => {
      const routes = await arrived()
      await Promise.all(routes.map((route) => route.continue()))
      await ada.page.unroute(pattern)
    },
  }
}

test('whoever asks for more of a list twice gets it once, and hears where that fails', async () => {
  await ada.open('/admin', '.rows li')
  const more = await held(/cursor=/)
  await ada.page.click('text=Show more')
  await more.fail()
  assert.match(await ada.sees('#failures p'), /cannot be reached/)
  await ada.page.dblclick('text=Show more')
  await more.pass()
  await ada.page.waitForSelector('text=Show more', { state: 'hidden' })
  assert.equal(new Set(await titles()).size, 25)
  assert.equal((await titles()).length, 25)
})

test('a search looks into all statuses', async () => {
  await ada.open('/admin', '.rows li')
  await ada.page.fill('[type="search"]', 'running')
  // The index may lag behind.
  await eventually(async () => {
    await ada.page.press('[type="search"]', 'Enter')
    await ada.page.waitForSelector('.rows:not([aria-busy])', { state: 'attached' })
    return ada.page.isVisible('.rows .badge.published')
  }, 'the index knows the posts')
  assert.match(await ada.sees('.found'), /found/)
})

test('many posts are published, archived and thrown away at once', async () => {
  await ada.open('/admin?tag=odd', '.rows li')
  await ada.page.check('#choose-all')
  await ada.page.click('.bulk >> text=Publish')
  await ada.page.click('dialog .primary')
  await shows(0)
  await ada.page.click('nav >> text=Published')
  await shows(13)
  await ada.page.check('.rows li:first-child input')
  await ada.page.click('.bulk >> text=Archive')
  await shows(12)
  await ada.page.click('nav >> text=Archived')
  await shows(1)
  await ada.page.check('.rows li:first-child input')
  await ada.page.click('.bulk >> text=Move to trash')
  await shows(0)
  await ada.page.click('nav >> text=Trash')
  await shows(1)
  await ada.page.check('.rows li:first-child input')
  await ada.page.click('.bulk >> text=Take out')
  await shows(0)
})

test('a browser that stores nothing shows a history, and says that there is a new build', async () => {
  const post = await blog.api('POST', '/posts', { title: 'Storing nothing', body: 'Text' })
  const bob = await writer(blog, 'Bob')
  await bob.context.addInitScript(() => {
    for (const place of ['localStorage', 'sessionStorage']) {
      Object.defineProperty(window, place, {
        get() {
          throw new DOMException('Access is denied for this document.', 'SecurityError')
        },
      })
    }
  })
  await bob.open(`/admin/posts/${post.id}/history`, '.result .text')
  await bob.page.click('text=Side by side')
  await bob.sees('.beside')
  await bob.page.route('**/api/**', async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, headers: { ...response.headers(), 'x-blog-build': 'newer' } })
  })
  await bob.page.click('text=Who wrote this')
  await bob.sees('.banner >> text=Reload now')
  assert.deepEqual(bob.problems, [])
  await bob.context.close()
})

test('whoever asks for older versions twice gets them once, and hears where that fails', async () => {
  const post = await blog.api('POST', '/posts', { title: 'Long history', body: '0' })
  for (let number = 1; number <= 50; number += 1) {
    await blog.api('PATCH', `/posts/${post.id}`, { body: String(number) }, { headers: { 'if-match': `"${post.revision + number - 1}"` } })
  }
  await ada.open(`/admin/posts/${post.id}/history`, '.versions li')
  const older = await held(/cursor=/)
  await ada.page.click('text=Older versions')
  await older.fail()
  assert.match(await ada.sees('#failures p'), /cannot be reached/)
  await ada.page.dblclick('text=Older versions')
  await older.pass()
  await ada.page.waitForSelector('text=Older versions', { state: 'hidden' })
  const numbers = await ada.page.$$eval('.versions li', (items) => items.map((item) => Number(item.dataset.number)))
  assert.deepEqual(numbers, Array.from({ length: 51 }, (_, index) => 51 - index))
})

test('any two versions are compared, by word, in one or side by side', async () => {
  const post = await blog.api('POST', '/posts', { title: 'History', body: 'The quick brown fox.\n\nSecond.\n' })
  const save = async (edit) => {
    const { revision } = await blog.api('GET', `/posts/${post.id}?view=head`)
    await blog.api('PATCH', `/posts/${post.id}`, edit, { headers: { 'if-match': `"${revision}"` } })
  }
  await save({ body: 'The slow brown fox.\n\nSecond.\n', message: 'Slower' })
  await save({ body: 'The slow brown fox.\n\nSecond, and third.\n', tags: ['fox'] })
  await ada.open(`/admin/posts/${post.id}/history`, 'ins')
  const marks = (name) => ada.page.$$eval(`.result ${name}`, (found) => found.map((mark) => mark.textContent))
  assert.deepEqual(await marks('ins'), ['fox', ', and third'])
  await ada.page.check('[aria-label="Compare from version 1"]')
  await ada.sees('.result del')
  assert.deepEqual(await marks('del'), ['quick'])
  assert.deepEqual(await marks('ins'), ['fox', 'slow', ', and third'])
  await ada.page.click('text=Side by side')
  await ada.sees('.beside')
  assert.deepEqual(await marks('del'), ['quick'])
  await ada.page.click('text=In one')
  await ada.page.click('text=Slower')
  await ada.page.waitForFunction(() => document.querySelector('.comparison h2').textContent === 'Version 1 → 2')
  await ada.page.click('text=Name what is there now…')
  await ada.page.fill('dialog input', 'Good so far')
  await ada.page.click('dialog .primary')
  await ada.sees('.versions >> text=Good so far')
})
