// Every page and state: axe finds nothing, nothing is cut off, and there is a picture to look at.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Blog } from './blog.mjs'
import { eventually } from './eventually.mjs'
import { LOOKS, viewer } from './looks.mjs'
import { browser, writer } from './writer.mjs'

const BODY = `## Morning

The *tide* was **out**, and the [harbour](https://example.org) lay dry. It was \`quiet\`.

- a boat
- two gulls

> Nobody was in a hurry.

\`\`\`rust
fn main() { println!("sea"); }
\`\`\`

| when | what |
|------|------|
| six  | coffee |

יום ליד הים, לאט ובשקט.

مساء الخير من الشاطئ.
`

let blog
let post
let bob

before(async () => {
  blog = await Blog.start()
  const as = { as: 'Ada', role: 'editor' }
  const make = (title, rest) => blog.api('POST', '/posts', { title, body: 'Text.', ...rest }, as)
  await make('Notes on lighthouses', { tags: ['light'] })
  await make('יומן מסע', { category: 'travel' })
  post = await make('A day at the sea', { body: BODY, tags: ['sea', 'summer'], category: 'travel/coast', excerpt: 'What happened by the sea.' })
  const { revision } = await blog.api('POST', `/posts/${post.id}/publish`)
  await blog.api('PATCH', `/posts/${post.id}`, { body: BODY.replace('lay dry', 'lay nearly dry'), tags: ['sea', 'winter'], message: 'After a walk' }, { ...as, headers: { 'if-match': `"${revision}"` } })
  bob = await writer(blog, 'Bob')
  await bob.edit(post.id)
  await bob.write('And then Bob came along.')
  await bob.page.keyboard.press('Shift+Control+ArrowLeft')
  await bob.page.keyboard.press('Shift+Control+ArrowLeft')
})
after(async () => {
  await browser.close()
  await blog.stop()
})

/** As if an earlier tab of Ada's had left text that the server has not stored. */
function leaveUnsent(page, { id, title }) {
  return page.evaluate(
    ([post, title]) =>
      new Promise((resolve) => {
        const request = indexedDB.open('blog:')
        request.onsuccess = () => {
          const transaction = request.result.transaction('unsent', 'readwrite')
          transaction.objectStore('unsent').put({ post, title }, ['ada', post, 'earlier'])
          transaction.oncomplete = () => (request.result.close(), resolve())
        }
      }),
    [id, title],
  )
}

for (const [look, options] of Object.entries(LOOKS)) {
  test(`every page and state, ${look}`, async () => {
    const ada = await writer(blog, 'Ada', options)
    const { page } = ada
    const found = []
    const see = viewer(page, look, found)
    /** Waits for what the preview shows, where there is room for one beside the text. */
    const beside = (selector) => (options.viewport ? undefined : ada.sees(`.preview ${selector}`))

    await ada.open('/admin', '.rows li')
    await see('list')
    await page.check('.rows li:first-child input')
    await page.click('.bulk >> text=Move to trash')
    await page.click('nav >> text=Trash')
    await ada.sees('.rows li')
    await page.check('.rows li:first-child input')
    await see('list-chosen')
    await page.click('.bulk >> text=Take out')
    await page.click('text=New post')
    await see('list-new')
    await page.keyboard.press('Escape')
    await page.fill('[type="search"]', 'sea')
    await eventually(async () => {
      await page.press('[type="search"]', 'Enter')
      await page.waitForSelector('.rows:not([aria-busy])', { state: 'attached' })
      return page.isVisible('.rows .badge')
    }, 'the index knows the post')
    await see('list-search')
    await page.fill('[type="search"]', 'zyxwvutsrq')
    await page.keyboard.press('Enter')
    await ada.gone('.rows li')
    await see('list-empty')

    await ada.edit(post.id)
    await ada.sees('.caret-name')
    await ada.keeps()
    await ada.cut()
    await ada.saving('offline')
    await page.reload()
    await ada.sees('.cm-content')
    await beside('.soft:not(:empty)')
    await see('edit-reloaded-offline')
    ada.line.mend()
    await ada.saving('stored')
    await ada.sees('.caret-name')
    await page.focus('.cm-content')
    await beside('.body h2')
    await see('edit')
    await page.keyboard.press('Control+f')
    await ada.sees('.cm-search')
    await see('edit-search')
    await page.keyboard.press('Escape')
    await page.fill('.title', '')
    await ada.sees('#title-wrong:not(:empty)')
    await see('edit-without-title')
    await page.fill('.title', 'A day at the sea')
    await page.click('[role="tab"]:has-text("Preview")')
    await ada.sees('.body h2')
    await see('edit-preview')
    await page.click('text=More')
    await see('edit-menu')
    await page.click('text=Name this version…')
    await see('edit-dialog')
    await page.keyboard.press('Escape')
    await page.click('[role="tab"]:has-text("Details")')
    await see('edit-details')
    await page.fill('#field-address', `sea-${look}`)
    await blog.api('PATCH', `/posts/${post.id}`, { slug: `shore-${look}` }, { headers: { 'if-match': `"${(await blog.api('GET', `/posts/${post.id}?view=head`)).revision}"` } })
    await page.click('text=Save these')
    await ada.sees('dialog .hunk')
    await see('edit-conflict')
    await page.keyboard.press('Escape')
    await ada.cut()
    await ada.saving('offline')
    await see('edit-offline')
    ada.line.mend()
    await blog.api('POST', `/posts/${post.id}/lock`, undefined, { as: 'Bob', role: 'editor' })
    await ada.saving('reading')
    await page.click('[role="tab"]:has-text("Preview")')
    await ada.sees('.body h2')
    await see('edit-locked')
    await blog.api('POST', `/posts/${post.id}/unlock`, undefined, { as: 'Bob', role: 'editor' })

    await leaveUnsent(ada.page, post)
    await page.click('text=Sign out')
    await ada.sees('dialog')
    await see('sign-out')
    await page.keyboard.press('Escape')

    await ada.open(`/admin/posts/${post.id}/history`, '.result ins')
    await see('history')
    await page.click('text=Side by side')
    await see('history-beside')
    await page.click('[aria-label^="Restore"]')
    await see('history-restore')
    assert.deepEqual(ada.problems, [])
    await ada.open('/admin/posts/none/edit', 'h1')
    await see('missing')
    await ada.context.clearCookies()
    await ada.open('/admin/sign-in', '#token')
    await see('sign-in')
    await page.fill('#token', 'no token')
    await page.click('text=Sign in >> nth=-1')
    await ada.sees('.wrong')
    await see('sign-in-wrong')
    await ada.context.close()
    assert.deepEqual(found, [])
  })
}
