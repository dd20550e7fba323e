// A language model writes in a post's room, as people look on, write along, end it and take it back.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Blog } from './blog.mjs'
import { LOOKS, viewer } from './looks.mjs'
import { Model } from './model.mjs'
import { browser, writer } from './writer.mjs'

const FIRST = 'The tide comes in twice a day, and nobody is in a hurry.'
const SECOND = 'By noon the harbour is full again.'

let model
let blog
let blogWithout

before(async () => {
  blogWithout = await Blog.start()
  model = await Model.start()
  process.env.OPENAI_BASE_URL = model.url
  process.env.OPENAI_MODEL = 'stand-in-1'
  blog = await Blog.start()
})
after(async () => {
  await browser.close()
  await blog.stop()
  await blogWithout.stop()
  model.stop()
})

const draft = (body) => blog.api('POST', '/posts', { title: 'A day at the sea', body }, { as: 'Ada', role: 'editor' })
const head = (post) => blog.api('GET', `/posts/${post.id}?view=head`)

/** People, each in a browser of their own, with the post open; nothing may have gone wrong in any. */
async function together(post, names, scene, options = {}) {
  const writers = await Promise.all(names.map((name) => writer(blog, name, options)))
  try {
    for (const one of writers) await one.edit(post.id)
    await scene(...writers)
    for (const { problems } of writers) assert.deepEqual(problems, [])
  } finally {
    await Promise.all(writers.map(({ context }) => context.close()))
  }
}

/** Has somebody choose how an assistant is to write. */
async function ask(ada, button, about = '') {
  await ada.page.click('[role="tab"]:has-text("Write with AI")')
  await ada.page.fill('#field-what-about', about)
  await ada.page.click(`button:has-text("${button}")`)
  return model.call()
}

const press = (one, name) => one.page.click(`.assistant >> text=${name}`)
/** Waits until screen readers were told so. */
const hears = (one, message) => one.until((message) => document.querySelector('p[aria-live="polite"]').textContent.includes(message), message)
/** Waits until nothing is said of an assistant. */
const quiet = (one) => one.page.waitForSelector('.assistant', { state: 'hidden' })

test('everybody sees it write, anybody stops it, and whoever asked takes it back', async () => {
  const post = await draft('Morning.')
  await together(post, ['Ada', 'Bob'], async (ada, bob) => {
    const call = await ask(ada, 'Write about it', 'tides')
    for (const one of [ada, bob]) assert.match(await one.sees('.assistant .what'), /Assistant writes, asked by Ada/)
    assert.match(await bob.sees('.people'), /Assistant \(asked by Ada\)/)
    await hears(bob, 'Assistant (asked by Ada) is here')
    call.say(`${FIRST}\n\nBy n`)
    await ada.reads(`Morning.\n\n${FIRST}`)
    await bob.reads(`Morning.\n\n${FIRST}`)
    assert.match(await bob.sees('.caret-name'), /Assistant/)
    await ada.page.focus('.cm-content')
    await ada.page.keyboard.press('Control+Home')
    await ada.page.keyboard.type('Ada was here. ')
    await bob.reads(`Ada was here. Morning.\n\n${FIRST}`)
    await press(bob, 'Stop')
    await call.over
    await bob.gone('.caret-name:has-text("Assistant")')
    await quiet(bob)
    await ada.sees('.assistant >> text=Stopped: 13 words written.')
    await hears(ada, 'Stopped: 13 words written.')
    assert.equal(await ada.text(), `Ada was here. Morning.\n\n${FIRST}`)
    await press(ada, 'Take it back')
    await ada.sees('text=Taken back.')
    await quiet(ada)
    const text = await ada.reads(/^Ada was here\. Morning\.\s*$/)
    await bob.reads(text)
    assert.doesNotMatch((await head(post)).body, /tide/)
  })
})

test('it goes on from where the writer’s cursor is, and what people write meanwhile stays', async () => {
  const post = await draft('Morning.\n\nEvening.')
  await together(post, ['Ada', 'Bob'], async (ada, bob) => {
    await ada.page.focus('.cm-content')
    await ada.page.keyboard.press('Control+Home')
    await ada.page.keyboard.press('End')
    const call = await ask(ada, 'Go on from here')
    assert.match(call.asked, /Morning\./)
    assert.doesNotMatch(call.asked, /Evening\./)
    await bob.write(' Bob too.')
    call.say(`${FIRST}\n\nBy n`)
    await bob.reads(`Morning.\n\n${FIRST}\n\nEvening. Bob too.`)
    call.say(SECOND.slice('By n'.length))
    call.end()
    await ada.sees('.assistant >> text=Done: 20 words written.')
    await bob.reads(`Morning.\n\n${FIRST}\n\n${SECOND}\n\nEvening. Bob too.`)
  })
})

test('who asked is told what it cost and what was taken out, and takes it back after a reload too', async () => {
  const post = await draft('Morning.')
  await together(post, ['Ada'], async (ada) => {
    const call = await ask(ada, 'Write about it', 'tides')
    call.say(`${FIRST} [More](https://elsewhere.example/x)`)
    call.end()
    await ada.sees('.assistant >> text=Done: 14 words written.')
    assert.match(await ada.sees('.assistant'), /stand-in-1 · 1,234 tokens/)
    await ada.page.click('.assistant summary')
    assert.match(await ada.sees('.assistant .reports li'), /lost its address.*elsewhere/)
    await ada.page.reload()
    await ada.sees('.assistant >> text=Done')
    await press(ada, 'Take it back')
    await ada.sees('text=Taken back.')
    await ada.reads(/^Morning\.\s*$/)
    await ada.open(`/admin/posts/${post.id}/history`, '.versions li')
    assert.match(await ada.sees('.versions .origin'), /stand-in-1 · 1,234 tokens/)
    assert.match(await ada.sees('.versions'), /Written with a model/)
  })
})

test('it says why it failed, and where there is nothing to take back offers nothing', async () => {
  const post = await draft('Morning.')
  await together(post, ['Ada'], async (ada) => {
    model.refuse(true)
    await ada.page.click('[role="tab"]:has-text("Write with AI")')
    await ada.page.click('button:has-text("Go on from here")')
    assert.match(await ada.sees('.assistant .what:has-text("Failed"), .ai .wrong:not(:empty)'), /model/)
    model.refuse(false)
    assert.equal(await ada.page.locator('text=Take it back').count(), 0)
    await ada.page.click('button:has-text("Write about it")')
    assert.match(await ada.sees('.ai .wrong:not(:empty)'), /Say what to write about/)
    assert.equal(await ada.page.evaluate(() => document.activeElement.id), 'field-what-about')
  })
})

test('one writes at a time, and whoever asks for another is told so', async () => {
  const post = await draft('Morning.')
  await together(post, ['Ada', 'Bob'], async (ada, bob) => {
    const call = await ask(ada, 'Go on from here')
    await bob.page.click('[role="tab"]:has-text("Write with AI")')
    await bob.page.click('button:has-text("Go on from here")')
    assert.match(await bob.sees('.ai .wrong:not(:empty)'), /is writing already/)
    call.say(FIRST)
    call.end()
    await ada.sees('.assistant >> text=Done')
  })
})

test('without a model, and for who may not edit, there is nothing of it', async () => {
  const plain = await blogWithout.api('POST', '/posts', { title: 'Mine', body: 'Text' }, { as: 'Ada', role: 'editor' })
  const ada = await writer(blogWithout, 'Ada')
  await ada.edit(plain.id)
  assert.equal(await ada.page.locator('[role="tab"]:has-text("Write with AI")').isVisible(), false)
  await ada.context.close()

  const post = await blog.api('POST', '/posts', { title: 'Mine', body: 'Text' }, { as: 'Cora', role: 'contributor' })
  await blog.api('POST', `/posts/${post.id}/schedule`, { at: '2099-01-01T00:00:00Z' })
  const cora = await writer(blog, 'Cora', { role: 'contributor' })
  await cora.edit(post.id)
  await cora.saving('reading')
  assert.equal(await cora.page.locator('[role="tab"]:has-text("Write with AI")').isVisible(), false)
  await together(post, ['Ada'], async (ada) => {
    const call = await ask(ada, 'Go on from here')
    await cora.sees('.assistant >> text=Assistant writes')
    assert.equal(await cora.page.locator('.assistant button').count(), 0)
    await press(ada, 'Stop')
    await call.over
  })
  await cora.context.close()
})

for (const [look, options] of Object.entries(LOOKS)) {
  test(`an assistant’s states, ${look}`, async () => {
    const post = await draft('The morning was quiet.')
    const found = []
    await together(
      post,
      ['Ada'],
      async (ada) => {
        const see = viewer(ada.page, look, found)
        const call = await ask(ada, 'Write about it', 'The tides at the sea, and who waits for them')
        call.say(`${FIRST}\n\nBy n`)
        await ada.reads(/hurry/)
        await see('assistant-writes')
        await ada.page.click('[role="tab"]:has-text("Write with AI")')
        await see('assistant-form')
        call.say('oon. <b onclick="x()">Bold</b> [More](https://elsewhere.example/x)')
        call.end()
        await ada.sees('.assistant >> text=Done')
        await ada.page.click('.assistant summary')
        await see('assistant-done')
        await ada.open(`/admin/posts/${post.id}/history`, '.versions .origin')
        await see('assistant-history')
      },
      options,
    )
    assert.deepEqual(found, [])
  })
}
