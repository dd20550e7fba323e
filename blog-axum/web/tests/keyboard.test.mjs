// Everything can be done by keyboard alone: what has the focus is seen at every step, and after a dialog it is
// where it was before.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Blog } from './blog.mjs'
import { comesBack, focused, press, reach, TEXT } from './keyboard.mjs'
import { LOOKS } from './looks.mjs'
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
const draft = (title, rest = {}) => blog.api('POST', '/posts', { title, body: 'The harbour lay dry.\n', ...rest }, ADA)
const head = ({ id }) => blog.api('GET', `/posts/${id}?view=head`)
const patch = async (post, edit) => blog.api('PATCH', `/posts/${post.id}`, edit, { headers: { 'if-match': `"${(await head(post)).revision}"` } })

/** Ada on a large screen, and on one where everything is twice as large. */
function ada(title, scene) {
  for (const [look, options] of Object.entries({ light: LOOKS.light, zoomed: LOOKS.zoomed })) {
    test(`${title}, ${look}`, async () => {
      const one = await writer(blog, 'Ada', options)
      try {
        await scene(one, one.page.keyboard, look)
        assert.deepEqual(one.problems, [])
      } finally {
        await one.context.close()
      }
    })
  }
}

/** Opens a post, with all that comes after the text. */
async function edit(one, post) {
  await one.edit(post.id)
  await one.sees('.standing .badge')
}

/** Chooses something from the menu of the post. */
async function menu(one, name) {
  await press(one, 'More')
  await one.sees('.menu-list:popover-open')
  await press(one, name)
}

ada('somebody signs in, begins a post, writes, publishes and signs out', async (one, keyboard) => {
  await one.context.clearCookies()
  await one.open('/admin', '.sign-in')
  assert.equal(await focused(one), 'Token')
  await keyboard.type('no token')
  await keyboard.press('Enter')
  await one.sees('.wrong')
  assert.equal(await focused(one), 'Token')
  await keyboard.type(blog.token('Ada'))
  await keyboard.press('Enter')
  await one.sees('text=New post')
  await press(one, 'New post')
  await one.sees('dialog')
  await keyboard.press('Escape')
  await comesBack(one, 'New post')
  await keyboard.press('Enter')
  await one.sees('dialog')
  assert.equal(await focused(one), 'Title')
  await keyboard.type('   ')
  await press(one, 'Begin to write')
  await one.sees('dialog .wrong:not(:empty)')
  assert.equal(await focused(one), 'Begin to write')
  await reach(one, 'Title', 'Shift+Tab')
  await keyboard.type('By keyboard')
  await keyboard.press('Enter')
  await one.saving('stored')
  await reach(one, 'Title')
  await keyboard.press('Enter')
  await keyboard.type('It works.')
  await one.saving('stored')
  await one.reads('It works.')
  await keyboard.press('Escape')
  await press(one, 'Publish', 'Shift+Tab')
  await one.sees('.standing >> text=Published')
  assert.equal(await focused(one), 'Publish changes')
  const id = new URL(one.page.url()).pathname.split('/').at(-2)
  assert.equal((await blog.api('GET', `/posts/${id}`)).body, 'It works.')
  await press(one, 'Sign out', 'Shift+Tab')
  await one.sees('.sign-in')
  assert.equal(await focused(one), 'Token')
})

ada('a post is scheduled, and is a draft again', async (one, keyboard) => {
  const post = await draft('Later')
  await edit(one, post)
  await press(one, 'More')
  await one.sees('.menu-list:popover-open')
  await keyboard.press('Escape')
  await comesBack(one, 'More')
  await keyboard.press('Enter')
  await one.sees('.menu-list:popover-open')
  await press(one, 'Schedule…')
  await one.sees('dialog')
  await keyboard.press('Escape')
  await comesBack(one, 'More')
  await keyboard.press('Enter')
  await one.sees('.menu-list:popover-open')
  await press(one, 'Schedule…')
  await one.sees('dialog')
  assert.equal(await focused(one), 'When')
  const year = new Date(await one.page.inputValue('#field-when')).getFullYear()
  for (const key of ['Tab', 'Tab', 'ArrowUp', 'ArrowUp', 'ArrowUp', 'ArrowUp', 'Enter']) await keyboard.press(key)
  await one.sees('.standing >> text=Scheduled')
  await comesBack(one, 'More')
  assert.equal(new Date((await head(post)).scheduled_at).getFullYear(), year + 4)
  await keyboard.press('Enter')
  await one.sees('.menu-list:popover-open')
  await press(one, 'Back to draft')
  await one.sees('.standing >> text=Draft')
  await comesBack(one, 'More')
  assert.equal((await head(post)).status, 'draft')
  await keyboard.press('Enter')
  await one.sees('.menu-list:popover-open')
  await press(one, 'Move to trash')
  await press(one, 'Move to trash')
  await one.sees('.standing >> text=In the trash')
  await comesBack(one, 'More')
})

ada('details are written, and what somebody else has saved as well is decided', async (one, keyboard, look) => {
  const post = await draft('Details')
  await edit(one, post)
  await reach(one, look === 'light' ? 'Preview' : 'Write')
  while ((await focused(one)) !== 'Details') await keyboard.press('ArrowRight')
  await reach(one, 'Tags')
  await keyboard.type('sea, harbour')
  await reach(one, 'Excerpt')
  await keyboard.type('In short.')
  await reach(one, 'Address')
  await keyboard.press('Control+a')
  await keyboard.type(`by-ada-${look}`)
  await one.saving('stored')
  await patch(post, { slug: `by-somebody-${look}` })
  await press(one, 'Save these')
  await one.sees('dialog .hunk')
  assert.match(await focused(one), /^What you wrote/)
  await keyboard.press('Escape')
  await comesBack(one, 'Save these')
  await keyboard.press('Enter')
  await one.sees('dialog .hunk')
  await keyboard.press('ArrowUp')
  assert.match(await focused(one), /^Something else/)
  await keyboard.press('Tab')
  await keyboard.press('Control+a')
  await keyboard.type(`by-both-${look}`)
  await press(one, 'Save my choice')
  await one.sees('text=Saved.')
  await comesBack(one, 'Save these')
  const { tags, excerpt, slug } = await head(post)
  assert.deepEqual({ tags, excerpt, slug }, { tags: ['sea', 'harbour'], excerpt: 'In short.', slug: `by-both-${look}` })
})

ada('what has the focus is in sight at each stop of the editor, onward and back', async (one, keyboard, look) => {
  await edit(one, await draft('Stops', { tags: ['sea'], excerpt: 'In short.' }))
  await reach(one, look === 'light' ? 'Preview' : 'Write')
  while ((await focused(one)) !== 'Details') await keyboard.press('ArrowRight')
  await reach(one, 'Save these')
  await reach(one, 'Details', 'Shift+Tab')
  await reach(one, 'Skip to content', 'Shift+Tab')
})

ada('the cursor stays in sight while it goes up a long text', async (one, keyboard) => {
  const post = await draft('Long', { body: 'A line.\n'.repeat(100) })
  await edit(one, post)
  await reach(one, TEXT)
  await keyboard.press('Control+End')
  for (let line = 0; line < 100; line += 1) {
    await keyboard.press('ArrowUp')
    await one.until(() => {
      const { anchorNode } = getSelection()
      const { top, bottom } = (anchorNode.closest ? anchorNode : anchorNode.parentElement).closest('.cm-line').getBoundingClientRect()
      return top >= document.querySelector('.editor-bar').getBoundingClientRect().bottom && bottom <= innerHeight
    })
  }
})

ada('any two versions are compared, and one is restored', async (one, keyboard) => {
  const post = await draft('History')
  for (const body of ['Second.\n', 'Third.\n', 'Fourth.\n']) await patch(post, { body })
  await edit(one, post)
  await menu(one, 'History')
  await one.sees('.result ins')
  const shows = (title) => one.page.waitForFunction((title) => document.querySelector('.comparison h2').textContent === title, title)
  await shows('Version 3 → 4')
  await reach(one, 'Compare from version 3')
  await keyboard.press('ArrowDown')
  await keyboard.press('ArrowDown')
  await shows('Version 1 → 4')
  await reach(one, 'Compare to version 4', 'Shift+Tab')
  await keyboard.press('ArrowDown')
  await shows('Version 1 → 3')
  assert.equal(await focused(one), 'Compare to version 3')
  await press(one, 'Side by side')
  await one.sees('.beside')
  assert.equal(await focused(one), 'Side by side')
  await press(one, 'Restore version 1', 'Shift+Tab')
  await one.sees('dialog')
  await keyboard.press('Escape')
  await comesBack(one, 'Restore version 1')
  await keyboard.press('Enter')
  await press(one, 'Restore it')
  await one.sees('.versions >> text=Restored')
  assert.equal((await head(post)).body, 'The harbour lay dry.\n')
})

ada('several posts are chosen, and archived at once', async (one, keyboard, look) => {
  const tag = `bulk-${look}`
  for (const title of ['First', 'Second', 'Third']) await draft(`${title} ${look}`, { tags: [tag] })
  await one.open(`/admin?tag=${tag}`, '.rows li')
  await reach(one, `Choose Third ${look}`)
  await keyboard.press('Space')
  await reach(one, `Choose Second ${look}`)
  await keyboard.press('Space')
  await press(one, 'Archive', 'Shift+Tab')
  await one.sees('dialog')
  await keyboard.press('Escape')
  await comesBack(one, 'Archive')
  await keyboard.press('Enter')
  await one.sees('dialog')
  await press(one, 'Archive')
  await one.sees('.rows li:only-child')
  await comesBack(one, 'Choose all')
  await keyboard.press('Space')
  await press(one, 'Move to trash')
  await one.gone('.rows li')
  await comesBack(one, 'Drafts')
  await press(one, 'Archived')
  await one.page.waitForFunction(() => document.querySelectorAll('.rows li').length === 2)
  assert.equal(await focused(one), 'Archived')
})

ada('who has tried again goes on in the text', async (one, keyboard) => {
  const post = await draft('Signed out')
  await edit(one, post)
  await one.cut()
  await one.saving('offline')
  const cookies = await one.context.cookies()
  await one.context.clearCookies()
  one.line.mend()
  await one.saving('refused')
  await one.context.addCookies(cookies)
  await press(one, 'Try again')
  await one.saving('stored')
  await comesBack(one, TEXT)
})
