// The list of posts: what it is narrowed down to, and how posts are moved from one status to another.
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
})
after(async () => {
  await browser.close()
  await blog.stop()
  assert.deepEqual(ada.problems, [])
})

const draft = (title, rest = {}, as = 'Ada') => blog.api('POST', '/posts', { title, body: 'Text.', ...rest }, { as, role: 'editor' })

/** Waits until the list shows posts of these titles, in this order. */
const shows = (one, titles) =>
  one.until((titles) => JSON.stringify([...document.querySelectorAll('.rows h2')].map((heading) => heading.textContent)) === JSON.stringify(titles), titles)
/** Waits until it shows so many. */
const counts = (one, number) => one.until((number) => document.querySelectorAll('.rows li').length === number, number)
const tab = (one, name) => one.page.click(`.tabs >> text="${name}"`)
const narrow = (one, by, name) => one.page.selectOption(`[aria-label="${by}"]`, { label: name })

/** What is offered for the posts that are chosen. */
const offered = (one) => one.page.$$eval('.bulk button', (buttons) => buttons.filter((button) => button.checkVisibility()).map((button) => button.textContent))

test('tag, category and author narrow the list down, in the order that is asked for, and stand in its address', async () => {
  await draft('Harbour', { tags: ['sea'], category: 'travel/coast' })
  await draft('Lighthouse', { tags: ['sea'], category: 'notes' })
  await draft('Market', { tags: ['town'], category: 'travel' }, 'Bob')
  await draft('Pier', { tags: ['sea'], category: 'travel/coast' }, 'Bob')
  await ada.open('/admin', '.rows li')
  await shows(ada, ['Pier', 'Market', 'Lighthouse', 'Harbour'])
  await narrow(ada, 'Tag', 'sea')
  await shows(ada, ['Pier', 'Lighthouse', 'Harbour'])
  await narrow(ada, 'Category', 'travel')
  await shows(ada, ['Pier', 'Harbour'])
  await narrow(ada, 'Author', 'Bob')
  await shows(ada, ['Pier'])
  await narrow(ada, 'Tag', 'All tags')
  await shows(ada, ['Pier', 'Market'])
  await narrow(ada, 'Order', 'Oldest first')
  await shows(ada, ['Market', 'Pier'])
  await ada.page.reload()
  await shows(ada, ['Market', 'Pier'])
  await ada.until(() => document.querySelector('[aria-label="Author"]').selectedOptions[0].textContent === 'Bob')
  await narrow(ada, 'Author', 'All authors')
  await shows(ada, ['Harbour', 'Market', 'Pier'])
  await narrow(ada, 'Order', 'Newest first')
  await shows(ada, ['Pier', 'Market', 'Harbour'])
  await ada.page.goBack()
  await shows(ada, ['Harbour', 'Market', 'Pier'])
})

const IN_TAB = {
  Drafts: ['Submit for review', 'Publish', 'Archive', 'Move to trash'],
  'In review': ['Publish', 'Back to draft', 'Archive', 'Move to trash'],
  Scheduled: ['Publish', 'Back to draft', 'Archive', 'Move to trash'],
  Published: ['Publish', 'Back to draft', 'Archive', 'Move to trash'],
  Archived: ['Publish', 'Back to draft', 'Move to trash'],
  Trash: ['Take out of the trash'],
}

test('a post goes from tab to tab, and in each is offered what leads on from there', async () => {
  const post = await draft('Wanderer', { tags: ['wanderer'] })
  await ada.open('/admin?tag=wanderer', '.rows li')
  /** Waits until the post is in this tab, and in no other. */
  const isIn = async (place) => {
    for (const name of Object.keys(IN_TAB)) {
      await tab(ada, name)
      await ada.sees(`.tabs [aria-current]:text-is("${name}")`)
      await ada.page.waitForSelector('.rows:not([aria-busy])', { state: 'attached' })
      assert.equal(await ada.page.locator('.rows li').count(), name === place ? 1 : 0, name)
    }
    await tab(ada, place)
    await shows(ada, ['Wanderer'])
    await ada.page.check('.rows li input')
    assert.deepEqual(await offered(ada), IN_TAB[place])
  }
  const move = async (name) => {
    await ada.page.click(`.bulk >> text="${name}"`)
    await counts(ada, 0)
  }
  await isIn('Drafts')
  await move('Submit for review')
  await isIn('In review')
  await move('Back to draft')
  await isIn('Drafts')
  await move('Publish')
  await isIn('Published')
  await move('Back to draft')
  await blog.api('POST', `/posts/${post.id}/schedule`, { at: '2099-01-01T00:00:00Z' })
  await isIn('Scheduled')
  assert.match(await ada.page.textContent('.rows time'), /^appears .*209[89]/)
  await move('Back to draft')
  await isIn('Drafts')
  await move('Archive')
  await isIn('Archived')
  await move('Back to draft')
  await isIn('Drafts')
  await move('Move to trash')
  await isIn('Trash')
  await move('Take out of the trash')
  await isIn('Drafts')
})

test('who may not publish hands posts in, and is offered nothing else', async () => {
  await blog.api('POST', '/posts', { title: 'By Cora', body: 'Text.' }, { as: 'Cora', role: 'contributor' })
  const cora = await writer(blog, 'Cora', { role: 'contributor' })
  await cora.open('/admin', '.rows li')
  await shows(cora, ['By Cora'])
  await cora.page.check('.rows li input')
  assert.deepEqual(await offered(cora), ['Submit for review'])
  await cora.page.click('.bulk >> text="Submit for review"')
  await counts(cora, 0)
  await tab(cora, 'In review')
  await shows(cora, ['By Cora'])
  await cora.page.check('.rows li input')
  assert.deepEqual(await offered(cora), [])
  assert.deepEqual(cora.problems, [])
  await cora.context.close()
  await ada.open('/admin?status=in_review&author=cora', '.rows li')
  await shows(ada, ['By Cora'])
})

test('more posts than a page has are chosen and moved at once, from tab to tab', async () => {
  const titles = Array.from({ length: 25 }, (_, number) => `Many ${number + 1}`)
  for (const title of titles) await draft(title, { tags: ['many'] })
  await ada.open('/admin?tag=many&sort=oldest', '.rows li')
  const moveAll = async (name) => {
    await shows(ada, titles.slice(0, 20))
    await ada.page.click('text=Show more')
    await shows(ada, titles)
    await ada.page.check('#choose-all')
    await ada.sees('text=25 chosen')
    await ada.page.click(`.bulk >> text="${name}"`)
    assert.match(await ada.sees('dialog'), /25 posts\?.*“\u2068Many 1\u2069”, .* and 20 more/)
    await ada.page.click('dialog .primary')
    await ada.sees(`.notice:has-text("${name}: 25 posts done.")`)
    await counts(ada, 0)
  }
  await moveAll('Submit for review')
  await tab(ada, 'In review')
  await moveAll('Archive')
  await tab(ada, 'Archived')
  await moveAll('Publish')
  await tab(ada, 'Published')
  await moveAll('Back to draft')
  await tab(ada, 'Drafts')
  await moveAll('Move to trash')
  await tab(ada, 'Trash')
  await moveAll('Take out of the trash')
  await tab(ada, 'Drafts')
  await shows(ada, titles.slice(0, 20))
})

test('a search from any tab finds posts of all, within what the list is narrowed down to, and a tab leads back', async () => {
  const [own, foreign, published] = [await draft('Quokka at rest', { tags: ['island'] }), await draft('Quokka at work', { tags: ['island'] }, 'Bob'), await draft('Quokka in sight')]
  await blog.api('POST', `/posts/${foreign.id}/submit`)
  await blog.api('POST', `/posts/${published.id}/publish`)
  const found = async () => (await blog.api('GET', '/search?q=quokka')).hits.map(({ post: { id, status } }) => `${id} ${status}`)
  const all = [`${own.id} draft`, `${foreign.id} in_review`, `${published.id} published`].sort()
  await eventually(async () => JSON.stringify((await found()).sort()) === JSON.stringify(all), 'the index knows the posts')
  await ada.open('/admin?status=archived')
  await ada.page.fill('[type="search"]', 'quokka')
  await ada.page.keyboard.press('Enter')
  await ada.sees('.found:text-is("3 posts found")')
  const badges = await ada.page.$$eval('.rows .badge', (badges) => badges.map((badge) => badge.textContent))
  assert.deepEqual(badges.sort(), ['Draft', 'In review', 'Published'])
  assert.equal(await ada.page.locator('.tabs [aria-current]').count(), 0)
  await narrow(ada, 'Tag', 'island')
  await ada.sees('.found:text-is("2 posts found")')
  await narrow(ada, 'Author', 'Bob')
  await shows(ada, ['Quokka at work'])
  await narrow(ada, 'Author', 'All authors')
  await counts(ada, 2)
  await ada.page.check('#choose-all')
  // What all of them allow.
  assert.deepEqual(await offered(ada), ['Publish', 'Archive', 'Move to trash'])
  await ada.page.click('.bulk >> text="Archive"')
  await ada.page.click('dialog .primary')
  await ada.sees('.notice:has-text("Archive: 2 posts done.")')
  await tab(ada, 'Archived')
  await counts(ada, 2)
  assert.equal(await ada.page.inputValue('[type="search"]'), '')
})
