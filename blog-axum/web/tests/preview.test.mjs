// What is written is seen as readers would see it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Blog } from './blog.mjs'
import { browser, writer } from './writer.mjs'

let blog

before(async () => {
  blog = await Blog.start()
})
after(async () => {
  await browser.close()
  await blog.stop()
})

/** Somebody who edits this post; nothing may go wrong. */
async function editing(post, scene) {
  const ada = await writer(blog, 'Ada')
  try {
    await ada.edit(post.id)
    await scene(ada)
    assert.deepEqual(ada.problems, [])
  } finally {
    await ada.context.close()
  }
}

const draft = (body) => blog.api('POST', '/posts', { title: 'A day at the sea', body, tags: ['sea'] }, { as: 'Ada', role: 'editor' })

test('a draft is previewed as a reader, with what has just been written', async () => {
  const post = await draft('Calm. ')
  await editing(post, async (ada) => {
    await ada.write('Then *rain*.')
    await ada.saving('stored')
    const [shown] = await Promise.all([ada.context.waitForEvent('page'), ada.menu('Preview as a reader')])
    await shown.waitForSelector('.tags')
    assert.equal(await shown.textContent('.body'), 'Calm. Then rain.\n')
    assert.equal(await shown.textContent('h1'), 'A day at the sea')
    assert.match(await shown.textContent('article'), /Preview: /)
    assert.equal(await ada.page.locator('text=See what readers see now').count(), 0)
  })
})

test('a picture of another site is asked for by nobody who writes', async () => {
  const tracker = 'https://tracker.example/seen.png?by=ada'
  const post = await draft(`![A boat](${tracker}) ![](//tracker.example/b.png) [![Linked](http://tracker.example/c.png)](https://e.org)

<img src="${tracker}&html" srcset="${tracker}&set 2x">

![Own](/none.png) ![Inline](data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==)

The end.
`)
  // What is asked for elsewhere is a problem to `editing`.
  await editing(post, async (ada) => {
    await ada.page.click('[role="tab"]:has-text("Preview")')
    await ada.page.waitForSelector('.preview .body :text("The end.")')
    const described = await ada.page.locator('.preview .picture').allTextContents()
    assert.equal(described[0], `Picture, which only readers load: A boat ${tracker}`)
    assert.match(described[1], /without a description .*tracker\.example\/b\.png$/)
    assert.match(described[2], /: Linked http/)
    assert.match(described[3], /&html$/)
    const shown = await ada.page.locator('.preview img').evaluateAll((pictures) => pictures.map(({ alt }) => alt))
    assert.deepEqual([shown, described.length], [['Own', 'Inline'], 4])
  })
})
