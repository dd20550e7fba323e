// The list of posts, and a post's history.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Blog } from './blog.mjs'
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

test('a search looks into all statuses', async () => {
  await ada.open('/admin', '.rows li')
  await ada.page.fill('[type="search"]', 'running')
  await ada.page.keyboard.press('Enter')
  await ada.sees('.rows .badge.published')
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

test('a new post is begun, and written, by keyboard alone', async () => {
  await ada.open('/admin', '.rows li')
  const { keyboard } = ada.page
  await keyboard.press('Tab')
  const focused = () => ada.page.evaluate(() => document.activeElement.textContent)
  for (let press = 0; press < 20 && (await focused()) !== 'New post'; press += 1) await keyboard.press('Tab')
  await keyboard.press('Enter')
  await ada.sees('dialog')
  await keyboard.type('By keyboard')
  await keyboard.press('Enter')
  await ada.saving('stored')
  for (let press = 0; press < 30 && (await ada.page.evaluate(() => document.activeElement.className)) !== 'title'; press += 1) await keyboard.press('Tab')
  await keyboard.press('Enter')
  await keyboard.type('It works.')
  await ada.saving('stored')
  await ada.reads('It works.')
  // Tab writes; after Escape it leaves.
  await keyboard.press('Escape')
  await keyboard.press('Tab')
  assert.equal(await ada.page.evaluate(() => document.activeElement.closest('.cm-editor')), null)
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
