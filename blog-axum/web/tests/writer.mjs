// A person at a browser.
import { chromium } from 'playwright-core'

const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--no-default-browser-check']

export const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ARGUMENTS })

/** Somebody with a session of their own. `problems` has what the console and the policy complained of. */
export async function writer(blog, name, { role = 'editor', ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  await context.addCookies([{ name: 'blog_session', value: blog.token(name, role), url: blog.address, httpOnly: true, sameSite: 'Lax' }])
  const page = await context.newPage()
  const problems = []
  page.on('pageerror', (error) => problems.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource|WebSocket connection|net::ERR/.test(message.text())) problems.push(message.text())
  })
  page.on('request', (request) => {
    if (new URL(request.url()).host !== new URL(blog.address).host && !request.url().startsWith('data:')) problems.push(`asked for ${request.url()}`)
  })
  return new Writer(blog, context, page, problems)
}

class Writer {
  constructor(blog, context, page, problems) {
    Object.assign(this, { blog, context, page, problems })
  }

  async open(path, ready) {
    await this.page.goto(this.blog.address + path)
    if (ready) await this.page.waitForSelector(ready)
  }

  async edit(post) {
    await this.open(`/admin/posts/${post}/edit`, '.cm-content')
    await this.saving('stored', 'reading')
  }

  /** Waits until the page says so of what was written. */
  saving(...states) {
    return this.page.waitForSelector(states.map((state) => `.saving[data-state="${state}"]`).join(), { timeout: 20_000 })
  }

  /** Writes at the end of the text. */
  async write(text) {
    await this.page.focus('.cm-content')
    await this.page.keyboard.press('Control+End')
    await this.page.keyboard.type(text)
  }

  text() {
    return this.page.evaluate(() => [...document.querySelectorAll('.cm-line')].map((line) => [...line.childNodes].filter((node) => !node.classList?.contains('caret') && !node.classList?.contains('cm-widgetBuffer')).map((node) => node.textContent).join('')).join('\n'))
  }

  /** Waits until the text is what is expected, or fits. */
  async reads(expected) {
    const end = Date.now() + 15_000
    let text
    while (Date.now() < end) {
      text = await this.text()
      if (expected instanceof RegExp ? expected.test(text) : text === expected) return text
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error(`reads ${JSON.stringify(text)}, not ${expected}`)
  }
}
