// A person at a browser.
import { chromium } from 'playwright-core'
import * as Y from 'yjs'
import { eventually, PATIENCE } from './eventually.mjs'

const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--no-default-browser-check']

const OPTIONS = { executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ARGUMENTS }

export const browser = await chromium.launch(OPTIONS)

/** A browser of its own, with the settings that are in this folder. */
export async function launched(profile) {
  const context = await chromium.launchPersistentContext(profile, OPTIONS)
  context.setDefaultTimeout(PATIENCE)
  return context
}

/** Somebody with a session of their own. `problems` has what the console and the policy complained of. */
export async function writer(blog, name, { role = 'editor', lasts, ...options } = {}) {
  const line = await blog.line()
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  context.setDefaultTimeout(PATIENCE)
  await signIn(context, line, blog.token(name, role, lasts))
  const page = await context.newPage()
  const problems = []
  page.on('pageerror', (error) => problems.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource|WebSocket connection|net::ERR/.test(message.text())) problems.push(message.text())
  })
  page.on('request', (request) => {
    if (new URL(request.url()).host !== new URL(line.address).host && !request.url().startsWith('data:')) problems.push(`asked for ${request.url()}`)
  })
  return new Writer(line, context, page, problems)
}

/** Has a browser signed in as whoever the token is of. */
export function signIn(context, line, token) {
  return context.addCookies([{ name: 'blog_session', value: token, url: line.address, httpOnly: true, sameSite: 'Lax' }])
}

class Writer {
  constructor(line, context, page, problems) {
    Object.assign(this, { line, context, page, problems })
  }

  async open(path, ready) {
    await this.page.goto(this.line.address + path)
    if (ready) await this.page.waitForSelector(ready)
  }

  async edit(post) {
    await this.open(`/admin/posts/${post}/edit`, '.cm-content')
    await this.saving('stored', 'reading')
  }

  /** Waits until the page says so of what was written. */
  saving(...states) {
    return this.page.waitForSelector(states.map((state) => `.saving[data-state="${state}"]`).join())
  }

  /** Writes at the end of the text. */
  async write(text) {
    await this.page.focus('.cm-content')
    await this.page.keyboard.press('Control+End')
    await this.page.keyboard.type(text)
  }

  /** Pastes or drops something: data by media type, and files as `[name, type]`. Answers whether the page took it. */
  brings(how, data, { files = [], on = '.cm-content' } = {}) {
    return this.page.evaluate(
      ([how, data, files, on]) => {
        const brought = new DataTransfer()
        for (const [type, text] of Object.entries(data)) brought.setData(type, text)
        for (const [name, type] of files) brought.items.add(new File(['\u0001\u0002 x'], name, { type }))
        const target = document.querySelector(on)
        const options = { bubbles: true, cancelable: true }
        const { x, y } = target.getBoundingClientRect()
        const event =
          how === 'paste'
            ? new ClipboardEvent('paste', { clipboardData: brought, ...options })
            : new DragEvent('drop', { dataTransfer: brought, clientX: x + 5, clientY: y + 15, ...options })
        return !target.dispatchEvent(event)
      },
      [how, data, files, on],
    )
  }

  /** The text, without what stands in it of others' cursors. */
  text() {
    return this.page.evaluate(() => {
      const isText = (node) => !node.classList || ![...node.classList].some((name) => ['caret', 'cm-widgetBuffer', 'cm-placeholder'].includes(name))
      const said = (line) => [...line.childNodes].filter(isText).map((node) => node.textContent).join('')
      return [...document.querySelectorAll('.cm-line')].map(said).join('\n')
    })
  }

  /** Chooses something from the menu of the post. */
  async menu(name) {
    await this.page.click('text=More')
    await this.page.click(`.menu-list >> text=${name}`)
  }

  /** Waits until the page says so, at once or by a promise: `page.waitForFunction` takes a promise for a yes. */
  until(condition, argument) {
    return eventually(() => this.page.evaluate(condition, argument), condition)
  }

  /** The document of the page that is open, as far as this browser keeps it. */
  async kept() {
    const updates = await this.page.evaluate(async () => {
      const said = (name) => document.querySelector(`meta[name="${name}"]`).content
      const answer = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)))
      const database = await answer(indexedDB.open(`blog:${said('blog-base')}`))
      const documents = database.transaction('updates').objectStore('updates').index('document')
      const found = await answer(documents.getAll([said('blog-actor-id'), said('post-id')]))
      database.close()
      return found.map(({ update }) => [...update])
    })
    const doc = new Y.Doc()
    for (const update of updates) Y.applyUpdate(doc, Uint8Array.from(update))
    return doc
  }

  /** Waits until this browser keeps a document that is so; unless told how, one with the text of the page. */
  untilKept(isSo = async (doc) => doc.getText('body').toString() === (await this.text())) {
    return eventually(async () => isSo(await this.kept()), `kept in the browser: ${isSo}`)
  }

  /** Waits until the page that is open would open without a server too. */
  async keeps() {
    await this.untilKept((doc) => doc.store.clients.size > 0)
    await this.until(async () => !!(await navigator.serviceWorker.getRegistration())?.active && !!(await caches.match(location.pathname)))
  }

  /** Cuts the line to the server, but not while the browser brings what shows the page without it. */
  async cut() {
    await this.keeps()
    this.line.cut()
  }

  /** Waits until something is shown, and answers with its text. */
  async sees(selector) {
    const found = await this.page.waitForSelector(selector)
    return found.textContent()
  }

  async gone(selector) {
    await this.page.waitForSelector(selector, { state: 'detached' })
  }

  /** Waits until the text is what is expected, or fits. */
  async reads(expected) {
    let text
    const fits = async () => {
      text = await this.text()
      return expected instanceof RegExp ? expected.test(text) : text === expected
    }
    await eventually(fits, `it reads ${expected}`).catch((error) => {
      throw new Error(`it reads ${JSON.stringify(text)}`, { cause: error })
    })
    return text
  }
}
