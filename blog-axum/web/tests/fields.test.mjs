// Fields that are saved by hand, where two save at once.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Blog } from './blog.mjs'
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

test('what is wrong with a field is said beside it', async () => {
  await open()
  await ada.page.fill('#field-own-fields', '{"mood": ')
  await ada.page.click('text=Save these')
  await ada.page.waitForFunction(() => /Own fields/.test(document.querySelector('form .wrong').textContent))
  await ada.page.fill('#field-own-fields', '')
  await ada.page.fill('#field-address', 'No Slug!')
  await ada.page.click('text=Save these')
  await ada.page.waitForFunction(() => /slug/.test(document.querySelector('form .wrong').textContent))
})

test('what is not saved by hand yet keeps the page from going away by itself, and from being left unasked', async () => {
  const post = await open()
  await ada.page.route('**/api/**', async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, headers: { ...response.headers(), 'x-blog-build': 'newer' } })
  })
  await ada.page.fill('#field-address', 'still-mine')
  await ada.sees('.banner')
  // Where it may, the page reloads within a second.
  await ada.page.waitForTimeout(2000)
  assert.equal(await ada.page.inputValue('#field-address'), 'still-mine')
  const asked = ada.page.waitForEvent('dialog')
  await ada.page.close({ runBeforeUnload: true })
  const dialog = await asked
  assert.equal(dialog.type(), 'beforeunload')
  await dialog.dismiss()
  await ada.page.click('text=Sign out')
  await ada.sees('dialog >> text=in this tab alone')
  await ada.page.click('dialog >> text=Cancel')
  const reloaded = ada.page.waitForNavigation({ timeout: 20_000 })
  await ada.page.click('text=Save these')
  await reloaded
  await ada.page.unrouteAll({ behavior: 'ignoreErrors' })
  assert.equal((await head(post)).slug, 'still-mine')
})
