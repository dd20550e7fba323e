// What pages come into by what somebody asks for, by what is wrong with a form, by who looks, and by what server
// there is: axe finds nothing, nothing is cut off, and there is a picture to look at.
import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { Blog } from './blog.mjs'
import { inEachLook } from './looks.mjs'
import { browser, writer } from './writer.mjs'

let blog

before(async () => {
  blog = await Blog.start()
})
after(async () => {
  await browser.close()
  await blog.stop()
})

const ADA = { as: 'Ada', role: 'editor' }
const draft = (title = 'A day at the sea', rest = {}) => blog.api('POST', '/posts', { title, body: 'The harbour lay dry.\n', ...rest }, ADA)

inEachLook('each dialog of the list, and what it says where something fails', async (options, viewer) => {
  const posts = [await draft('Notes on lighthouses'), await draft('A very long title of a post about the sea, its harbours, and everybody who came by on a quiet morning')]
  const ada = await writer(blog, 'Ada', options)
  const { page } = ada
  const see = viewer(ada)
  await ada.open('/admin', '.rows li')
  await page.click('text=New post')
  await page.fill('dialog input', '   ')
  await page.keyboard.press('Enter')
  await ada.sees('dialog .wrong:not(:empty)')
  await see('list-new-refused')
  await page.keyboard.press('Escape')
  for (const { id } of posts) await page.check(`[data-id="${id}"] input`)
  await page.click('.bulk >> text=Archive')
  await ada.sees('dialog')
  await see('list-bulk')
  await blog.api('POST', `/posts/${posts[0].id}/trash`)
  await blog.api('DELETE', `/posts/${posts[0].id}`)
  await page.click('dialog .primary')
  await ada.sees('.failure')
  await ada.sees('.notice:not(.failure)')
  await see('list-failure')
  assert.deepEqual(ada.problems, [])
  await ada.context.close()
})

inEachLook('each dialog of the editor, and what becomes of the post', async (options, viewer) => {
  const post = await draft()
  const ada = await writer(blog, 'Ada', options)
  const { page } = ada
  const see = viewer(ada)
  await ada.edit(post.id)
  await ada.sees('.standing')
  await ada.menu('Schedule…')
  await ada.sees('dialog')
  await see('edit-schedule')
  await page.fill('dialog input', '2000-01-01T12:00')
  await page.click('dialog .primary')
  await page.fill('dialog input', '2099-01-01T12:00')
  await page.click('dialog .primary')
  await ada.sees('.standing >> text=Scheduled')
  await see('edit-scheduled')
  await page.click('.actions >> text=Publish')
  await ada.sees('.standing >> text=Published')
  await ada.menu('Lock')
  await ada.sees('text=Locked by you')
  await see('edit-published-and-locked-by-oneself')
  await page.click('[role="tab"]:has-text("Details")')
  await page.fill('#field-address', 'in-this-tab-alone')
  await page.click('text=Sign out')
  await ada.sees('dialog >> text=in this tab alone')
  await see('sign-out-and-lose')
  await page.keyboard.press('Escape')
  await page.fill('#field-address', post.slug)
  await ada.menu('Move to trash')
  await ada.sees('dialog')
  await see('edit-trash')
  await page.click('dialog .primary')
  await ada.sees('.standing >> text=In the trash')
  await see('edit-trashed')
  await ada.brings('drop', {}, { files: [['sea.png', 'image/png']], on: '.details' })
  await ada.sees('.failure')
  await see('edit-failure')
  await page.click('.failure [aria-label="Close"]')
  // As on plain HTTP, where pages cannot copy, with text that the server will not have.
  await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }))
  await blog.api('DELETE', `/posts/${post.id}`)
  await ada.sees('.saving[data-state="refused"]')
  await page.click('text=Copy my text')
  await ada.sees('dialog textarea')
  await see('edit-copy')
  assert.deepEqual(ada.problems, [])
  await ada.context.close()
})

inEachLook('fields that are wrong, each with what is wrong beside it', async (options, viewer) => {
  const { slug } = await draft('The one that has the address')
  const post = await draft()
  const ada = await writer(blog, 'Ada', options)
  const { page } = ada
  const see = viewer(ada)
  await ada.edit(post.id)
  await ada.sees('.standing')
  await page.click('[role="tab"]:has-text("Details")')
  const many = Array.from({ length: 51 }, (_, index) => `k${index}`).join(', ')
  const wrong = { tags: 'x'.repeat(101), category: 'travel//coast', keywords: many, 'canonical-address': 'ftp://example.org' }
  for (const [name, text] of Object.entries(wrong)) {
    await page.fill(`#field-${name}`, text)
    await ada.sees(`.field:has(#field-${name}) .wrong:not(:empty)`)
  }
  await page.locator('#field-tags').scrollIntoViewIfNeeded()
  await see('edit-details-wrong')
  await page.fill('#field-address', slug)
  await page.click('text=Save these')
  await ada.sees('form .wrong:not(:empty)')
  await page.locator('text=Save these').scrollIntoViewIfNeeded()
  await see('edit-address-taken')
  await page.fill('#field-address', 'x'.repeat(300))
  await page.click('text=Save these')
  await ada.sees('form .wrong:has-text("Address must")')
  await page.fill('#field-own-fields', '{"mood": ')
  await page.click('text=Save these')
  await ada.sees('form .wrong:has-text("Own fields")')
  await see('edit-own-fields-wrong')
  assert.deepEqual(ada.problems, [])
  await ada.context.close()
})

inEachLook('each dialog of the history', async (options, viewer) => {
  const post = await draft()
  await blog.api('PATCH', `/posts/${post.id}`, { body: 'The harbour lay nearly dry.\n' }, { ...ADA, headers: { 'if-match': `"${post.revision}"` } })
  const ada = await writer(blog, 'Ada', options)
  const { page } = ada
  const see = viewer(ada)
  await ada.open(`/admin/posts/${post.id}/history`, '.result ins')
  await page.click('text=Name what is there now…')
  await see('history-name')
  await page.fill('dialog input', '   ')
  await page.keyboard.press('Enter')
  await ada.sees('dialog .wrong:not(:empty)')
  await see('history-name-refused')
  assert.deepEqual(ada.problems, [])
  await ada.context.close()
})

inEachLook('who may only look on, in the list, the editor and the history', async (options, viewer) => {
  const post = await blog.api('POST', '/posts', { title: 'A day at the sea', body: 'The harbour lay dry.\n' }, { as: 'Cora', role: 'contributor' })
  await blog.api('POST', `/posts/${post.id}/schedule`, { at: '2099-01-01T00:00:00Z' })
  const cora = await writer(blog, 'Cora', { role: 'contributor', ...options })
  const see = viewer(cora)
  await cora.open('/admin?status=scheduled', '.rows li')
  await see('viewer-list')
  await cora.edit(post.id)
  await cora.saving('reading')
  await cora.sees('.standing')
  await see('viewer-edit')
  await cora.page.click('[role="tab"]:has-text("Details")')
  await see('viewer-details')
  await cora.open(`/admin/posts/${post.id}/history`, '.result .text')
  await see('viewer-history')
  assert.deepEqual(cora.problems, [])
  await cora.context.close()
  const rita = await writer(blog, 'Rita', { role: 'reader', ...options })
  const looks = viewer(rita)
  await rita.open('/admin', '.failure')
  await looks('reader-list')
  await rita.open(`/admin/posts/${post.id}/edit`, 'h1')
  await looks('reader-edit')
  await rita.context.close()
})

/** From here on the server says that it has another build than the page, for which that has been loaded anew already. */
async function renew(page) {
  await page.evaluate(() => sessionStorage.setItem('blog-reloaded-for', 'newer'))
  await page.route('**/api/**', async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, headers: { ...response.headers(), 'x-blog-build': 'newer' } })
  })
}

inEachLook('pages of a former build', async (options, viewer) => {
  const post = await draft('A long day at the sea', { body: 'The harbour lay dry.\n\n'.repeat(60) })
  const ada = await writer(blog, 'Ada', options)
  const { page } = ada
  const see = viewer(ada)
  await ada.edit(post.id)
  await ada.sees('.standing')
  await renew(page)
  await ada.menu('Lock')
  await ada.sees('.banner')
  await see('stale-edit')
  // At the end of a long text.
  await ada.write('The end.')
  await ada.saving('stored')
  await see('stale-edit-below')
  await page.click('text=More')
  await see('stale-edit-menu')
  await page.keyboard.press('Escape')
  await ada.open('/admin', '.rows li')
  await ada.sees('.banner')
  await see('stale-list')
  await ada.open(`/admin/posts/${post.id}/history`, '.result .text')
  await page.click('text=Who wrote this')
  await ada.sees('.banner')
  await see('stale-history')
  await ada.context.close()
})

inEachLook('the other tabs of who has signed out', async (options, viewer) => {
  await draft()
  const ada = await writer(blog, 'Ada', options)
  const see = viewer(ada)
  await ada.open('/admin', '.rows li')
  const other = await ada.context.newPage()
  await other.goto(`${ada.line.address}/admin`)
  await other.click('text=Sign out')
  await ada.sees('text=You have signed out in another tab.')
  await see('signed-out-elsewhere')
  await ada.context.close()
})

inEachLook('a server whose posts are rich text while they are edited', async (options, viewer) => {
  const rich = await Blog.start('', ['--collab-body', 'rich-text'])
  try {
    const { id } = await rich.api('POST', '/posts', { title: 'A day at the sea', body: 'Text.' }, ADA)
    const ada = await writer(rich, 'Ada', options)
    const see = viewer(ada)
    await ada.open(`/admin/posts/${id}/edit`, 'h1')
    await see('rich-text-edit')
    await ada.open(`/admin/posts/${id}/history`, '.result .text')
    await see('rich-text-history')
    assert.deepEqual(ada.problems, [])
    await ada.context.close()
  } finally {
    await rich.stop()
  }
})
