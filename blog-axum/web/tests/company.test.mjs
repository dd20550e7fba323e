// Several people in one text: each cursor, name and selection can be told from the others.
import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { Blog } from './blog.mjs'
import { inEachLook } from './looks.mjs'
import { browser, writer } from './writer.mjs'

const BODY = `## Morning

The *tide* was **out**, and the [harbour](https://example.org) lay dry, so that everybody who came by stopped there for a while.

\`\`\`rust
fn main() { println!("sea"); } // A comment
\`\`\`
`

let blog
let post
let others

before(async () => {
  blog = await Blog.start()
  post = await blog.api('POST', '/posts', { title: 'A day at the sea', body: BODY }, { as: 'Ada', role: 'editor' })
  others = await Promise.all(['Bob', 'Cleo', 'Dora'].map((name) => writer(blog, name)))
  for (const one of others) await one.edit(post.id)
})
after(async () => {
  await browser.close()
  await blog.stop()
})

/** Has each of the others press keys in the text. */
async function each(...keys) {
  for (const { page } of others) {
    await page.focus('.cm-content')
    for (const key of keys) await page.keyboard.press(key)
  }
}

/** Waits until so many parts of the text are selected by others, and as many of them have a name in it as there are. */
const shows = (one, selections) =>
  one.until((selections) => {
    const people = new Set([...document.querySelectorAll('.selection')].map((part) => part.className.match(/person-\d/)[0]))
    return people.size === selections && document.querySelectorAll('.caret-name').length === 3
  }, selections)

/** Where the names of others are that cannot be read: on one another, or outside of the editor. */
const unreadable = ({ page }) =>
  page.evaluate(() => {
    const editor = document.querySelector('.cm-scroller').getBoundingClientRect()
    const names = [...document.querySelectorAll('.caret-name')].map((name) => [name.textContent, name.getBoundingClientRect()])
    const isOn = (one, other) => one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom
    const isOut = ({ left, right }) => left < editor.left || right > editor.right
    return names.filter(([, box], index) => isOut(box) || names.some(([, other], place) => place !== index && isOn(box, other))).map(([name]) => name)
  })

inEachLook('several people in one place, and what they have selected', async (options, viewer) => {
  await each('Control+Home', 'ArrowDown', 'ArrowDown', 'ArrowRight')
  const ada = await writer(blog, 'Ada', options)
  const see = viewer(ada)
  await ada.edit(post.id)
  await shows(ada, 0)
  await see('company-in-one-place')
  assert.deepEqual(await unreadable(ada), [])
  await each('Shift+ArrowDown', 'Shift+ArrowDown')
  await shows(ada, 3)
  await see('company-same-selection')
  assert.deepEqual(await unreadable(ada), [])
  const [bob, cleo, dora] = others
  await bob.page.keyboard.press('Control+a')
  await cleo.page.keyboard.press('Control+Home')
  await cleo.page.keyboard.press('Shift+End')
  await dora.page.keyboard.press('Control+Home')
  await dora.page.keyboard.press('ArrowDown')
  await dora.page.keyboard.press('ArrowDown')
  await dora.page.keyboard.press('End')
  await dora.page.keyboard.press('Shift+ArrowLeft')
  await ada.page.focus('.cm-content')
  await ada.page.keyboard.press('Control+Home')
  await ada.page.keyboard.press('Shift+Control+ArrowRight')
  await shows(ada, 3)
  await see('company-selections')
  assert.deepEqual(await unreadable(ada), [])
  assert.deepEqual(ada.problems, [])
  await ada.context.close()
})
