// Who wrote this: the history shows whose the words of a version are.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { after, before, test } from 'node:test'
import axe from 'axe-core'
import { Blog } from './blog.mjs'
import { browser, writer } from './writer.mjs'

const SCREENSHOTS = process.env.SCREENSHOTS ?? 'tests/screenshots'

let blog
let post

before(async () => {
  mkdirSync(SCREENSHOTS, { recursive: true })
  blog = await Blog.start()
  post = await blog.api('POST', '/posts', { title: 'A walk', body: 'The sea was calm.\n\nשלום לים.' }, { as: 'Ada', role: 'editor' })
  const [bob, cyd] = [await writer(blog, 'Bob'), await writer(blog, 'Cyd')]
  await bob.edit(post.id)
  await cyd.edit(post.id)
  await bob.write(' Bob swam <b>far</b> out')
  await cyd.reads(/far<\/b> out$/)
  await cyd.write(', and Cyd 😀 did not.')
  await bob.reads(/did not\.$/)
  await cyd.saving('stored')
  for (const { context } of [bob, cyd]) await context.close()
  const head = await blog.api('GET', `/posts/${post.id}?view=head`)
  assert.equal(head.version, 2)
  await blog.api('PATCH', `/posts/${post.id}`, { body: head.body.replace('calm', 'quite calm'), message: 'After a look' }, { as: 'Dan', role: 'editor', headers: { 'if-match': `"${head.revision}"` } })
})
after(async () => {
  await browser.close()
  await blog.stop()
})

/** Somebody who looks at whose the words of the newest version are. */
async function reader(options) {
  const ada = await writer(blog, 'Ada', options)
  await ada.open(`/admin/posts/${post.id}/history`, '.result ins')
  await ada.page.click('text=Who wrote this')
  await ada.sees('.runs li')
  return ada
}

/** The parts, as a screen reader has them. */
const parts = ({ page }) => page.$$eval('.runs li', (runs) => runs.map((run) => run.textContent))

test('each part is told with its author and its version', async () => {
  const ada = await reader()
  assert.deepEqual(await parts(ada), [
    'Ada, version 1: The sea was ',
    'Dan, version 3: quite ',
    'Ada, version 1: calm.\n\nשלום לים.',
    'Bob, version 2:  Bob swam <b>far</b> out',
    'Cyd, version 2: , and Cyd 😀 did not.',
  ])
  const authors = await ada.page.$$eval('.legend li', (items) => items.map((item) => item.textContent))
  assert.deepEqual(authors.sort(), ['Ada 6 words', 'Bob 6 words', 'Cyd 4 words', 'Dan 1 word'])
  assert.match(await ada.page.textContent('.versions li:nth-child(2)'), /Bob \(6 words\)|Cyd \(4 words\)/)
  assert.deepEqual(ada.problems, [])
  await ada.context.close()
})

test('the keyboard leads from part to part, and to the changes that brought one', async () => {
  const ada = await reader()
  const { page } = ada
  await page.focus('.legend li:last-child button')
  await page.keyboard.press('Tab')
  assert.match(await page.textContent('.runs li:focus'), /^Ada, version 1/)
  await page.keyboard.press('ArrowRight')
  assert.match(await page.textContent('.fact'), /^Dan in version 3 · After a look/)
  await page.keyboard.press('End')
  assert.match(await page.textContent('.fact'), /^Cyd in version 2 · Written together/)
  await page.keyboard.press('Home')
  await page.keyboard.press('ArrowLeft')
  assert.match(await page.textContent('.runs li:focus'), /^Ada, version 1/)
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  assert.equal(await ada.sees('.result ins'), 'quite ')
  assert.equal(await page.textContent('h2:focus'), 'Version 2 → 3')
  await ada.context.close()
})

test('a part that was clicked stays told while the pointer crosses others, until Escape', async () => {
  const ada = await reader()
  const { page } = ada
  const [first, second] = ['.runs li:nth-child(1)', '.runs li:nth-child(2)']
  const crosses = () => page.hover(first, { position: { x: 5, y: 5 } })
  await page.click(second, { position: { x: 5, y: 5 } })
  await crosses()
  assert.match(await page.textContent('.fact'), /^Dan in version 3/)
  await page.keyboard.press('Escape')
  await page.hover('.legend')
  await crosses()
  assert.match(await page.textContent('.fact'), /^Ada in version 1/)
  await page.click(second, { position: { x: 5, y: 5 } })
  await crosses()
  await page.click('text=What changed there')
  assert.equal(await page.textContent('h2:focus'), 'Version 2 → 3')
  await ada.context.close()
})

test('one author can be shown alone, and a version that was chosen is told of', async () => {
  const ada = await reader()
  const { page } = ada
  await page.click('.legend button:has-text("Bob")')
  const shown = await page.$$eval('.runs li:not(.faint)', (runs) => runs.map((run) => run.textContent))
  assert.deepEqual(shown, ['Bob, version 2:  Bob swam <b>far</b> out'])
  await page.click('.legend button:has-text("Bob")')
  assert.equal(await page.$('.faint'), null)
  await page.click('[aria-label="Compare to version 1"]')
  await page.waitForFunction(() => document.querySelector('h2').textContent === 'Version 1')
  assert.deepEqual(await parts(ada), ['Ada, version 1: The sea was calm.\n\nשלום לים.'])
  await ada.context.close()
})

const LOOKS = {
  light: {},
  dark: { colorScheme: 'dark', reducedMotion: 'reduce' },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
}
for (const [look, options] of Object.entries(LOOKS)) {
  test(`axe finds nothing, and nothing is cut off, ${look}`, async () => {
    const ada = await reader(options)
    const { page } = ada
    await page.click('.runs li:nth-child(2)', { position: { x: 5, y: 5 } })
    assert.match(await page.textContent('.fact'), /^Dan in version 3/)
    await page.screenshot({ path: `${SCREENSHOTS}/history-authors-${look}.png`, fullPage: true })
    await page.evaluate(axe.source)
    const { violations } = await page.evaluate(() => window.axe.run())
    assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).join('; ')}`), [])
    const excess = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    assert.equal(excess, 0)
    assert.deepEqual(ada.problems, [])
    await ada.context.close()
  })
}
