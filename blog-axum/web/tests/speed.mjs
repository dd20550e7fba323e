// Prints how fast the pages are, browser included, and fails where that is beyond a limit: npm run speed
import { Blog } from './blog.mjs'
import WebSocket from 'ws'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { browser, writer } from './writer.mjs'

const KEYS = 200
const VERSIONS = 500
const OPENINGS = 20
const NEWCOMERS = 8

const blog = await Blog.start()
const percentile = (times, part) => times.toSorted((one, other) => one - other)[Math.ceil(times.length * part) - 1]
const row = (...cells) => console.log(cells.map((cell, column) => (column ? String(cell).padStart(12) : cell.padEnd(72))).join(''))
const rounded = (time) => time.toFixed(1)

/** A line of the table; the 95th percentile, in milliseconds, must not be beyond the limit. */
function say(what, times, limit) {
  const [half, most] = [percentile(times, 0.5), percentile(times, 0.95)]
  row(what, rounded(half), rounded(most), limit ?? '')
  if (limit !== undefined && most > limit) process.exitCode = 1
}

const LARGE = Array.from({ length: 440 }, (_, number) => `Paragraph ${number}. ${'The sea was calm. '.repeat(12)}\n\n`).join('')

/** Times of keys, from the press until another browser has painted them. */
async function keystrokes() {
  const post = await blog.api('POST', '/posts', { title: 'Keys', body: 'Here: ' })
  const [ada, bob] = [await writer(blog, 'Ada'), await writer(blog, 'Bob')]
  await ada.edit(post.id)
  await bob.edit(post.id)
  await ada.page.evaluate(() => {
    window.times = []
    addEventListener('keydown', (event) => event.key === 'x' && window.times.push(performance.timeOrigin + event.timeStamp), true)
  })
  await bob.page.evaluate(() => {
    window.times = []
    const line = document.querySelector('.cm-content')
    const letters = () => line.textContent.split('x').length - 1
    new MutationObserver(() => {
      const seen = letters()
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = () => {
          while (window.times.length < seen) window.times.push(performance.timeOrigin + performance.now())
        }
        port2.postMessage(0)
      })
    }).observe(line, { subtree: true, childList: true, characterData: true })
  })
  await ada.page.focus('.cm-content')
  await ada.page.keyboard.press('Control+End')
  for (let key = 0; key < KEYS; key += 1) {
    await ada.page.keyboard.press('x')
    await ada.page.waitForTimeout(60)
  }
  const [pressed, painted] = [await ada.page.evaluate(() => window.times), await bob.page.evaluate(() => window.times)]
  say('a key until another browser has painted it', painted.map((time, index) => time - pressed[index]), 50)
  await Promise.all([ada, bob].map(({ context }) => context.close()))
}

/** Somebody who writes at the end of a post, without a browser that would take its share of this machine. */
function companion(post, name) {
  const doc = new Y.Doc()
  const params = { token: blog.token(name) }
  const provider = new WebsocketProvider(`${blog.address.replace('http', 'ws')}/ws/collaborate`, post.id, doc, { params, WebSocketPolyfill: WebSocket })
  const body = doc.getText('body')
  const write = () => {
    if (!provider.synced) return
    body.insert(body.length, 'y')
    const end = Y.createRelativePositionFromTypeIndex(body, body.length)
    provider.awareness.setLocalStateField('cursor', { anchor: end, head: end })
  }
  const timer = setInterval(write, 180)
  return () => (clearInterval(timer), provider.destroy(), doc.destroy())
}

/**
 * Times of keys where they are pressed, while four others type: how long a key keeps the page busy, and until it
 * is painted, which includes the wait for the screen's next frame. After a key the browser holds all other
 * tasks back until then: a task that tells the end of the work would tell that of the frame.
 */
async function typing(pane) {
  const post = await blog.api('POST', '/posts', { title: 'Keys', body: LARGE })
  const ada = await writer(blog, 'Ada')
  await ada.edit(post.id)
  await ada.page.click(`[role="tab"]:has-text("${pane}")`)
  await ada.page.evaluate(() => {
    window.busy = []
    window.painted = []
    // Before it, the key is on its way from the test to the page.
    addEventListener('keydown', ({ key }) => {
      if (key !== 'x') return
      const start = performance.now()
      // Behind the editor's own listeners, and what they leave for the end of the task.
      addEventListener('input', () => queueMicrotask(() => window.busy.push(performance.now() - start)), { once: true })
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = () => window.painted.push(performance.now() - start)
        port2.postMessage(0)
      })
    }, true)
  })
  const others = ['Bob', 'Cleo', 'Dora', 'Emil'].map((name) => companion(post, name))
  await ada.page.focus('.cm-content')
  await ada.page.keyboard.press('Control+End')
  for (let key = 0; key < KEYS; key += 1) {
    await ada.page.keyboard.press('x')
    await ada.page.waitForTimeout(60)
  }
  for (const leave of others) leave()
  const [busy, painted] = [await ada.page.evaluate(() => window.busy), await ada.page.evaluate(() => window.painted)]
  console.log(`a key where it is pressed, five writers, 100 KB, ${pane} beside it:`)
  say('  it keeps the page busy', busy, 16)
  say('  it is painted', painted)
  await ada.context.close()
}

/** Has every page say when it can be used and has been painted so: a test that asks would take its time, too. */
function tellWhenUsable() {
  const isEditable = () => document.querySelector('.cm-content[contenteditable="true"]') && document.querySelector('.saving[data-state="stored"]')
  const isCompared = () => document.querySelector('.result ins')
  const isUsable = location.pathname.endsWith('/edit') ? isEditable : isCompared
  const look = () => {
    if (!isUsable()) return requestAnimationFrame(look)
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => console.debug('usable', performance.now())
    port2.postMessage(0)
  }
  requestAnimationFrame(look)
}

/** Times until pages of a large post with many versions can be used. */
async function opening() {
  const post = await blog.api('POST', '/posts', { title: 'Large', body: LARGE })
  let { revision } = post
  for (let number = 1; number < VERSIONS; number += 1) {
    const edit = { body: LARGE.replace(`Paragraph ${number % 440}.`, `Changed ${number}.`) }
    revision = (await blog.api('PATCH', `/posts/${post.id}`, edit, { headers: { 'if-match': `"${revision}"` } })).revision
  }
  const person = async () => {
    const ada = await writer(blog, 'Ada')
    await ada.context.addInitScript(tellWhenUsable)
    return ada
  }
  const open = async (ada, page) => {
    const told = ada.page.waitForEvent('console', (message) => message.text().startsWith('usable'))
    await ada.open(`/admin/posts/${post.id}/${page}`)
    return Number((await told).text().split(' ')[1])
  }
  console.log(`a post of ${(LARGE.length / 1000).toFixed(0)} KB with ${VERSIONS} versions:`)
  const limits = { edit: 1000, history: 300 }
  const names = {
    edit: 'its editor can be written in, and is in step with the server',
    history: 'its history shows the newest versions and what changed last',
  }
  // Browsers that know neither the scripts nor how to run them fast.
  const first = { edit: [], history: [] }
  for (let round = 0; round < NEWCOMERS; round += 1) {
    for (const page of ['edit', 'history']) {
      const ada = await person()
      first[page].push(await open(ada, page))
      await ada.context.close()
    }
  }
  const ada = await person()
  const again = { edit: [], history: [] }
  for (const page of ['edit', 'history']) await open(ada, page)
  for (let round = 0; round < OPENINGS; round += 1) {
    for (const page of ['edit', 'history']) again[page].push(await open(ada, page))
  }
  await ada.context.close()
  for (const page of ['edit', 'history']) {
    say(`  ${names[page]}`, again[page], limits[page])
    say('    in a browser that has never been there', first[page], limits[page])
  }
}

row('milliseconds', 'p50', 'p95', 'p95 at most')
await keystrokes()
await typing('Details')
await typing('Preview')
await opening()
await browser.close()
await blog.stop()
