// Paragraphs that a model would word in another way: each is accepted or rejected, and what people write meanwhile stays.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Blog } from './blog.mjs'
import { eventually } from './eventually.mjs'
import { LOOKS, viewer } from './looks.mjs'
import { Model } from './model.mjs'
import { browser, signIn, writer } from './writer.mjs'

const BODY = `The sea was very calm today.

- a boat
- two old gulls

A boat came in, and nobody looked up.
`
/** Other words for three of its four paragraphs, and the text with them. */
const REVISIONS = { 0: 'The sea was calm.', 1: 'a red boat', 3: 'A boat came in. Nobody looked up.' }
const REVISED = `The sea was calm.

- a red boat
- two old gulls

A boat came in. Nobody looked up.
`

let model
let blog

before(async () => {
  model = await Model.start()
  process.env.OPENAI_BASE_URL = model.url
  process.env.OPENAI_MODEL = 'stand-in-1'
  blog = await Blog.start()
})
after(async () => {
  await browser.close()
  await blog.stop()
  model.stop()
})

/** People who have a post open that says so; nothing may have gone wrong in any of their browsers. */
async function together(names, scene, { body = BODY, ...options } = {}) {
  const post = await blog.api('POST', '/posts', { title: 'A day at the sea', body }, { as: 'Ada', role: 'editor' })
  const writers = await Promise.all(names.map((name) => writer(blog, name, options)))
  try {
    for (const one of writers) await one.edit(post.id)
    await scene(...writers)
    for (const { problems } of writers) assert.deepEqual(problems, [])
  } finally {
    await Promise.all(writers.map(({ context }) => context.close()))
  }
}

/** Has somebody ask the model. */
async function ask(ada, button = 'Suggest a rewrite') {
  await ada.page.click('[role="tab"]:has-text("Write with AI")')
  await ada.page.click(`button:has-text("${button}")`)
  return model.call()
}

/** Has the model answer with paragraphs, by their numbers. */
function answer(call, paragraphs = REVISIONS) {
  call.say(JSON.stringify({ parts: Object.entries(paragraphs).map(([number, text]) => ({ number: Number(number), text })) }))
  call.end()
}

const press = (one, name) => one.page.click(`[aria-label="${name}"]`)
/** Accepts something, and waits until the server knows whose words these are. */
async function accepts(one, name) {
  const told = one.page.waitForResponse(/\/assistant\/accepted$/)
  await press(one, name)
  assert.equal((await told).status(), 204)
}
const left = (one) => one.page.locator('.suggestions li').count()

test('one is accepted and one rejected: only that paragraph changes, in one step of undo', () =>
  together(['Ada', 'Bob'], async (ada, bob) => {
    await ada.page.route('**/ai/rewrite', async (route) => {
      const response = await route.fetch()
      await route.fulfill({ response, json: { ...(await response.json()), cost: 0.0123 } })
    })
    await ada.page.click('[role="tab"]:has-text("Write with AI")')
    await ada.page.fill('#field-what-should-change', 'fewer words')
    const call = await ask(ada)
    assert.match(call.asked, /fewer words/)
    assert.match(call.asked, /The sea was very calm today/)
    answer(call)
    await ada.sees('.suggestions li')
    assert.match(await ada.sees('.ai'), /3 suggestions.*stand-in-1 · 1,234 tokens · 0\.0123/)
    assert.equal(await ada.sees('.suggestions li:nth-child(1) del'), 'very ')
    await accepts(ada, 'Accept suggestion 1')
    const accepted = BODY.replace('very calm today', 'calm')
    await bob.reads(accepted)
    await press(ada, 'Reject suggestion 2')
    assert.equal(await left(ada), 1)
    assert.equal(await ada.text(), accepted)
    await ada.page.focus('.cm-content')
    await ada.page.keyboard.press('Control+z')
    await bob.reads(BODY)
  }))

test('the history says that a model suggested what was accepted, and whose the other words are', () =>
  together(['Ada', 'Bob'], async (ada, bob) => {
    await bob.write('Bob’s end.')
    await ada.reads(/Bob’s end/)
    answer(await ask(ada))
    await accepts(ada, 'Accept suggestion 2')
    await ada.saving('stored')
    const { pathname } = new URL(ada.page.url())
    await ada.page.goto(new URL(pathname.replace(/edit$/, 'history'), ada.page.url()).href)
    const newest = await ada.sees('.versions li:first-child')
    assert.match(newest, /Suggestion accepted by Ada.*Assistant \(1 word\).*stand-in-1 · 1,234 tokens/s)
    const before = await ada.sees('.versions li:nth-child(2)')
    assert.match(before, /Bob \(2 words\)/)
    assert.equal(await ada.page.locator('.origin').count(), 1)
  }))

/** Whether the history says that a model suggested what was accepted. */
async function isMarked(ada) {
  const { pathname } = new URL(ada.page.url())
  await ada.page.goto(new URL(pathname.replace(/edit$/, 'history'), ada.page.url()).href)
  assert.match(await ada.sees('.versions li:first-child'), /Suggestion accepted by Ada.*Assistant \(1 word\).*stand-in-1/s)
}

const ACCEPTED = '**/assistant/accepted'
const ACCEPTED_PATH = /\/assistant\/accepted$/
const away = (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{"detail": "away"}' })
const isTold = (one) => one.page.waitForResponse((response) => response.url().endsWith('/assistant/accepted') && response.status() === 204)

test('a server that cannot be told at first is told again', () =>
  together(['Ada'], async (ada) => {
    answer(await ask(ada))
    await ada.page.route(ACCEPTED, away, { times: 1 })
    const told = isTold(ada)
    await press(ada, 'Accept suggestion 2')
    await told
    await isMarked(ada)
  }))

test('what was accepted is told by the next visit, where this one could not', () =>
  together(['Ada'], async (ada) => {
    answer(await ask(ada))
    await ada.page.route(ACCEPTED, away)
    const failed = ada.page.waitForResponse(/\/assistant\/accepted$/)
    await press(ada, 'Accept suggestion 2')
    await failed
    await ada.page.unroute(ACCEPTED)
    const told = isTold(ada)
    await ada.page.reload()
    await told
    await isMarked(ada)
  }))

test('what was accepted without a connection is told once there is one, also after the tab was closed', () =>
  together(['Ada'], async (ada) => {
    answer(await ask(ada))
    await ada.sees('.suggestions li')
    await ada.cut()
    await ada.saving('offline')
    await press(ada, 'Accept suggestion 2')
    await ada.reads(BODY.replace('a boat', 'a red boat'))
    await eventually(async () => (await untold(ada)).join() === '1,1', 'it is kept')
    await ada.page.reload()
    ada.line.mend()
    await isTold(ada)
    await isMarked(ada)
  }))

/** How many accepted suggestions this browser keeps that the server was not told of, and how many documents that are not stored. */
const untold = (ada) =>
  ada.page.evaluate(async () => {
    const answer = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)))
    const database = await answer(indexedDB.open('blog:'))
    const stores = database.transaction(['accepted', 'unsent'])
    const counts = ['accepted', 'unsent'].map((name) => answer(stores.objectStore(name).count()))
    database.close()
    return Promise.all(counts)
  })

test('what was accepted without a connection is told also where the browser is slow to bring what it has kept', () =>
  together(['Ada'], async (ada) => {
    answer(await ask(ada))
    await ada.sees('.suggestions li')
    await ada.cut()
    await ada.saving('offline')
    await press(ada, 'Accept suggestion 2')
    await eventually(async () => (await untold(ada)).join() === '1,1', 'it is kept')
    // The document that is kept comes a while after the server's.
    await ada.page.addInitScript(() => {
      const { getAll } = IDBIndex.prototype
      IDBIndex.prototype.getAll = function (...what) {
        const request = getAll.apply(this, what)
        return {
          set onsuccess(heard) {
            request.onsuccess = () => setTimeout(heard, 4000)
          },
          get result() {
            return request.result
          },
        }
      }
    })
    ada.line.mend()
    const told = isTold(ada)
    await ada.page.reload()
    await told
    await isMarked(ada)
  }))

test('who signs out has the server told first of what they have accepted', () =>
  together(['Ada'], async (ada) => {
    answer(await ask(ada))
    let signsOut
    const leaving = new Promise((resolve) => (signsOut = resolve))
    await ada.page.route(ACCEPTED, async (route) => {
      await leaving
      // A page that does not wait is gone by then.
      await new Promise((resolve) => setTimeout(resolve, 1000))
      await route.continue().catch(() => {})
    })
    const asked = ada.page.waitForRequest(/\/assistant\/accepted$/)
    await press(ada, 'Accept suggestion 2')
    await asked
    const post = new URL(ada.page.url()).pathname
    await ada.page.click('text=Sign out')
    signsOut()
    await ada.sees('.sign-in')
    assert.deepEqual(await untold(ada), [0, 0])
    await signIn(ada.context, ada.line, blog.token('Ada'))
    await ada.open(post, '.cm-content')
    await isMarked(ada)
  }))

test('what the server could not be told of before its writer signed out is told once they are back', () =>
  together(['Ada'], async (ada) => {
    answer(await ask(ada))
    await ada.page.route(ACCEPTED, away)
    const failed = ada.page.waitForResponse(/\/assistant\/accepted$/)
    await press(ada, 'Accept suggestion 2')
    await failed
    await ada.saving('stored')
    const post = new URL(ada.page.url()).pathname
    await ada.page.click('text=Sign out')
    await ada.sees('.sign-in')
    await ada.page.unroute(ACCEPTED)
    await signIn(ada.context, ada.line, blog.token('Ada'))
    const told = isTold(ada)
    await ada.open(post, '.cm-content')
    await told
    await isMarked(ada)
  }))

test('a tab whose writer has signed out in another asks nothing any more', () =>
  together(['Ada'], async (ada) => {
    answer(await ask(ada))
    await ada.page.route(ACCEPTED, away)
    const failed = ada.page.waitForResponse(/\/assistant\/accepted$/)
    await press(ada, 'Accept suggestion 2')
    await failed
    await ada.saving('stored')
    const other = await ada.context.newPage()
    await other.goto(`${ada.line.address}/admin`)
    await other.click('text=Sign out')
    await ada.sees('text=You have signed out in another tab.')
    await ada.page.clock.install()
    const refused = ada.page.waitForResponse((response) => response.url().endsWith('/assistant/accepted') && response.status() === 401)
    await ada.page.unroute(ACCEPTED)
    await (await refused).finished()
    assert.deepEqual(await asksWithinAMinute(ada), [])
  }))

test('a page that has lost its session asks nothing while its writer types on', () =>
  together(['Ada'], async (ada) => {
    answer(await ask(ada))
    await ada.page.route(ACCEPTED, away)
    const failed = ada.page.waitForResponse(/\/assistant\/accepted$/)
    await press(ada, 'Accept suggestion 2')
    await failed
    await ada.saving('stored')
    ada.line.cut()
    await ada.saving('offline')
    await ada.context.clearCookies()
    ada.line.mend()
    await ada.saving('refused')
    await ada.page.clock.install()
    const refused = ada.page.waitForResponse((response) => response.url().endsWith('/assistant/accepted') && response.status() === 401)
    await ada.page.unroute(ACCEPTED)
    await (await refused).finished()
    const asked = await asksWithinAMinute(ada, () => ada.write('x'))
    assert.deepEqual(asked.filter((url) => ACCEPTED_PATH.test(url)), [])
  }))

/** What a page asks within a minute, in which something is done again and again. */
async function asksWithinAMinute(ada, act = () => ada.page.evaluate(() => {})) {
  const asked = []
  ada.page.on('request', (request) => asked.push(request.url()))
  for (let step = 0; step < 12; step += 1) {
    await act()
    await ada.page.clock.runFor(5000)
  }
  await ada.page.evaluate(() => {})
  return asked
}

test('a list item is found where it stands, and not where its words are a part of something else', () =>
  together(
    ['Ada'],
    async (ada) => {
      answer(await ask(ada), { 1: 'a red boat' })
      await press(ada, 'Accept suggestion 1')
      assert.equal(await ada.text(), 'a boat is here\n\n- a red boat\n')
    },
    { body: 'a boat is here\n\n- a boat\n' },
  ))

test('all are accepted at once, and undone at once', () =>
  together(['Ada'], async (ada) => {
    answer(await ask(ada))
    await ada.page.click('text=Accept all')
    assert.equal(await ada.text(), REVISED)
    assert.match(await ada.sees('.asking'), /Accepted\. None is left\./)
    await ada.page.focus('.cm-content')
    await ada.page.keyboard.press('Control+z')
    assert.equal(await ada.text(), BODY)
  }))

test('what people write meanwhile stays, and a paragraph that they have changed can only be rejected', () =>
  together(['Ada', 'Bob'], async (ada, bob) => {
    answer(await ask(ada))
    await ada.sees('.suggestions li')
    await bob.page.focus('.cm-content')
    await bob.page.keyboard.press('Control+Home')
    await bob.page.keyboard.type('# Bob’s heading\n\n')
    await bob.write('Bob’s end.')
    await bob.page.click('.cm-line:has-text("nobody looked up")')
    await bob.page.keyboard.press('End')
    await bob.page.keyboard.type(' But Bob did.')
    assert.match(await ada.sees('.suggestions li:nth-child(3).outdated'), /Somebody has changed this paragraph meanwhile/)
    assert.equal(await ada.page.isVisible('[aria-label="Accept suggestion 3"]'), false)
    await ada.page.click('text=Accept all')
    const text = `# Bob’s heading\n\n${BODY.replace('very calm today', 'calm').replace('a boat', 'a red boat').replace('looked up.', 'looked up. But Bob did.')}Bob’s end.`
    await bob.reads(text)
    assert.equal(await left(ada), 1)
    await press(ada, 'Reject suggestion 3')
    assert.equal(await left(ada), 0)
    assert.equal(await ada.text(), text)
  }))

test('what people write before the model has answered stays as well', () =>
  together(['Ada', 'Bob'], async (ada, bob) => {
    const call = await ask(ada)
    await bob.page.focus('.cm-content')
    await bob.page.keyboard.press('Control+Home')
    await bob.page.keyboard.type('a boat\n\n')
    await bob.write('Bob’s end.')
    await ada.reads(`a boat\n\n${BODY}Bob’s end.`)
    answer(call)
    await press(ada, 'Accept suggestion 2')
    await bob.reads(`a boat\n\n${BODY.replace('- a boat', '- a red boat')}Bob’s end.`)
  }))

test('a paragraph that can go, goes with its line', () =>
  together(['Ada'], async (ada) => {
    answer(await ask(ada, 'Shorten'), { 2: '' })
    await press(ada, 'Accept suggestion 1')
    assert.equal(await ada.text(), BODY.replace('- two old gulls\n', ''))
  }))

test('the keyboard alone is enough', () =>
  together(['Ada'], async (ada) => {
    const { keyboard } = ada.page
    await ada.page.focus('#tab-preview')
    await keyboard.press('ArrowLeft')
    await ada.page.focus('#field-what-should-change')
    await keyboard.press('Tab')
    await keyboard.press('Enter')
    answer(await model.call())
    await ada.sees('.suggestions li')
    for (const name of ['Shorten', 'Accept all', 'Reject all', 'Accept suggestion 1']) {
      await keyboard.press('Tab')
      assert.equal(await ada.page.evaluate(() => document.activeElement.ariaLabel ?? document.activeElement.textContent), name)
    }
    await keyboard.press('Enter')
    await ada.until(() => document.activeElement.ariaLabel === 'Accept suggestion 2')
    await ada.reads(BODY.replace('very calm today', 'calm'))
  }))

test('asking can be cancelled, and a failure is said', () =>
  together(['Ada'], async (ada) => {
    const call = await ask(ada)
    await ada.page.click('.asking >> text=Cancel')
    assert.match(await ada.sees('.asking'), /Cancelled\./)
    await call.over
    model.refuse(true)
    await ada.page.click('button:has-text("Shorten")')
    assert.match(await ada.sees('.ai .wrong:not(:empty)'), /model/)
    model.refuse(false)
  }))

for (const [look, options] of Object.entries(LOOKS)) {
  test(`suggestions, ${look}`, async () => {
    const found = []
    await together(
      ['Ada'],
      async (ada) => {
        const see = viewer(ada.page, look, found)
        answer(await ask(ada), { ...REVISIONS, 2: 'two <b>gulls</b>' })
        await ada.sees('.suggestions li')
        if (!options.viewport) {
          await ada.page.click('.cm-line:has-text("two old gulls") ~ .cm-line:has-text("nobody looked up")')
          await ada.page.keyboard.press('End')
          await ada.page.keyboard.type(' Or did they?')
          await ada.sees('.outdated')
        }
        await ada.page.locator('.suggestions').scrollIntoViewIfNeeded()
        await ada.page.locator('.suggestions li').first().scrollIntoViewIfNeeded()
        await see('suggestions')
      },
      options,
    )
    assert.deepEqual(found, [])
  })
}
