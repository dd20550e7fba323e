// A browser that keeps nothing: without cookies nobody is signed in, and without storage the editor works as long as there is a server.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Blog } from './blog.mjs'
import { picture } from './looks.mjs'
import { browser, launched, writer } from './writer.mjs'

let blog

before(async () => {
  blog = await Blog.start()
})
after(async () => {
  await browser.close()
  await blog.stop()
})

const head = (post) => blog.api('GET', `/posts/${post.id}?view=head`)

test('who signs in in a browser that takes no cookies is told why that fails', async () => {
  const profile = mkdtempSync(join(tmpdir(), 'blog-profile-'))
  mkdirSync(join(profile, 'Default'))
  const settings = { profile: { default_content_setting_values: { cookies: 2 } } }
  writeFileSync(join(profile, 'Default', 'Preferences'), JSON.stringify(settings))
  const context = await launched(profile)
  try {
    const page = await context.newPage()
    await page.goto(`${blog.address}/admin`)
    await page.fill('#token', blog.token('Ada'))
    await page.keyboard.press('Enter')
    const wrong = await page.waitForSelector('.wrong')
    assert.match(await wrong.textContent(), /has not kept you signed in: it has to allow cookies/)
    assert.deepEqual(await context.cookies(), [])
    await picture({ page }, 'sign-in-without-cookies')
  } finally {
    await context.close()
    rmSync(profile, { recursive: true, force: true })
  }
})

/** As browsers are that are told to store nothing. */
function storeNothing() {
  const denied = () => {
    throw new DOMException('Access is denied for this document.', 'SecurityError')
  }
  for (const place of ['localStorage', 'sessionStorage', 'indexedDB', 'caches']) Object.defineProperty(window, place, { get: denied })
  navigator.serviceWorker.register = async () => denied()
}

test('where a browser stores nothing the editor works, says so, and loses nothing while it is connected', async () => {
  const post = await blog.api('POST', '/posts', { title: 'Kept nowhere', body: 'Text. ' }, { as: 'Ada', role: 'editor' })
  const [ada, bob] = [await writer(blog, 'Ada'), await writer(blog, 'Bob')]
  await ada.context.addInitScript(storeNothing)
  await ada.edit(post.id)
  await bob.edit(post.id)
  assert.match(await ada.sees('.saving[data-state="stored"] .detail:not(:empty)'), /This browser keeps nothing/)
  assert.equal(await bob.page.textContent('.saving .detail'), '')
  await ada.write('By Ada. ')
  await bob.reads('Text. By Ada. ')
  await bob.write('By Bob. ')
  await ada.reads('Text. By Ada. By Bob. ')
  await picture(ada, 'edit-keeping-nothing')
  await ada.saving('stored')
  await ada.page.reload()
  await ada.reads('Text. By Ada. By Bob. ')

  ada.line.cut()
  await ada.saving('offline')
  await ada.write('Not sent. ')
  assert.match(await ada.sees('.saving:has-text("not sent yet")'), /Keep this tab open: what you write is in it alone/)
  const asked = ada.page.waitForEvent('dialog')
  await ada.page.close({ runBeforeUnload: true })
  const dialog = await asked
  assert.equal(dialog.type(), 'beforeunload')
  await dialog.dismiss()
  ada.line.mend()
  await ada.saving('stored')
  await bob.reads('Text. By Ada. By Bob. Not sent. ')
  assert.equal((await head(post)).body, 'Text. By Ada. By Bob. Not sent. ')
  for (const { problems, context } of [ada, bob]) {
    assert.deepEqual(problems, [])
    await context.close()
  }
})
