// People write together, and what the page says of being stored is true.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Blog } from './blog.mjs'
import { browser, writer } from './writer.mjs'

let blog
let writers = []

before(async () => {
  blog = await Blog.start()
})
after(async () => {
  await browser.close()
  await blog.stop()
})

const draft = (body = 'First line\n', rest = {}) => blog.api('POST', '/posts', { title: 'A day at the sea', body, ...rest }, { as: 'Ada', role: 'editor' })
const head = (post) => blog.api('GET', `/posts/${post.id}?view=head`)

/** These people, each in a browser of their own; nothing may have gone wrong in any. */
async function together(names, scene) {
  writers = await Promise.all(names.map((name) => writer(blog, name)))
  try {
    await scene(...writers)
    for (const { problems } of writers) assert.deepEqual(problems, [])
  } finally {
    await Promise.all(writers.map(({ context }) => context.close()))
  }
}

test('two see each other’s letters, cursors and names', () =>
  together(['Ada', 'Bob'], async (ada, bob) => {
    const post = await draft()
    await ada.edit(post.id)
    await bob.edit(post.id)
    await bob.write('Bob writes. ')
    await ada.reads('First line\nBob writes. ')
    assert.equal((await ada.sees('.caret-name')).trim(), 'Bob')
    assert.match(await ada.sees('.people'), /Ada \(you\).*Bob/)
    await ada.write('Ada writes 😀 é.')
    await bob.reads('First line\nBob writes. Ada writes 😀 é.')
    await bob.page.keyboard.press('Control+Home')
    await bob.page.keyboard.press('Shift+End')
    await ada.sees('.selection')
    await bob.context.close()
    await ada.gone('.caret-name')
    await ada.page.waitForFunction(() => !document.querySelector('.people').textContent.includes('Bob'))
    await ada.saving('stored')
    assert.equal((await head(post)).body, 'First line\nBob writes. Ada writes 😀 é.')
  }))

test('five write at once, and all read the same', () =>
  together(['Ada', 'Bob', 'Cleo', 'Dora', 'Emil'], async (...five) => {
    const post = await draft('')
    for (const one of five) await one.edit(post.id)
    await Promise.all(five.map((one, index) => one.write(`${'abcde'[index]}`.repeat(20))))
    await Promise.all(five.map((one) => one.saving('stored')))
    const text = await five[0].reads(/^[a-e]{100}$/)
    for (const one of five) await one.reads(text)
    for (const letter of 'abcde') assert.equal(text.split(letter).length, 21)
    assert.equal((await head(post)).body, text)
  }))

test('title and details are live, and end up in the post', () =>
  together(['Ada', 'Bob'], async (ada, bob) => {
    const post = await draft('', { tags: ['sea'] })
    await ada.edit(post.id)
    await bob.edit(post.id)
    await ada.page.fill('.title', 'A night at the sea')
    await bob.page.waitForFunction(() => document.querySelector('.title').value === 'A night at the sea')
    for (const one of [ada, bob]) await one.page.click('text=Details')
    await ada.page.fill('#field-tags', 'sea, moon')
    await bob.page.waitForFunction(() => document.querySelector('#field-tags').value === 'sea, moon')
    await bob.page.fill('#field-category', 'travel/coast')
    await bob.page.fill('#field-description', 'By night')
    await ada.page.waitForFunction(() => document.querySelector('#field-description').value === 'By night')
    await bob.saving('stored')
    const { title, tags, category, seo } = await head(post)
    assert.deepEqual({ title, tags, category }, { title: 'A night at the sea', tags: ['sea', 'moon'], category: 'travel/coast' })
    assert.equal(seo.description, 'By night')
  }))

test('a connection that breaks is said, and what was written meanwhile arrives', () =>
  together(['Ada', 'Bob'], async (ada, bob) => {
    const post = await draft('')
    await ada.edit(post.id)
    await bob.edit(post.id)
    await ada.cut()
    await ada.saving('offline')
    await ada.write('from Ada ')
    assert.match(await ada.sees('.saving'), /Offline, not sent yet.*kept in this browser/)
    await bob.write('from Bob ')
    await bob.saving('stored')
    ada.line.mend()
    await ada.saving('stored')
    const text = await ada.reads(/from Ada .*from Bob |from Bob .*from Ada /)
    await bob.reads(text)
  }))

test('a day offline, the tab closed meanwhile and the server changed, loses nothing', () =>
  together(['Ada', 'Bob'], async (ada, bob) => {
    const post = await draft('Base.\n')
    await ada.edit(post.id)
    await ada.cut()
    await ada.saving('offline')
    await ada.write('Written on the train. ')
    await ada.page.waitForTimeout(300)
    await ada.page.close({ runBeforeUnload: false })
    await bob.edit(post.id)
    await bob.write('Written at home. ')
    await bob.saving('stored')
    await blog.api('PATCH', `/posts/${post.id}`, { excerpt: 'Short' }, { headers: { 'if-match': `"${(await head(post)).revision}"` } })
    ada.line.mend()
    ada.page = await ada.context.newPage()
    await ada.edit(post.id)
    const text = await ada.reads(/Base.[^]*Written on the train\. /)
    assert.match(text, /Written at home\. /)
    await bob.reads(text)
    assert.equal(text.match(/Base/g).length, 1)
  }))

test('the server is killed and comes back while they type, and nothing is lost', () =>
  together(['Ada', 'Bob'], async (ada, bob) => {
    const post = await draft('')
    await ada.edit(post.id)
    await bob.edit(post.id)
    const words = Array.from({ length: 40 }, (_, number) => `w${number} `)
    const typing = (async () => {
      for (const word of words) {
        await ada.write(word)
        await ada.page.waitForTimeout(40)
      }
    })()
    await ada.page.waitForTimeout(500)
    await blog.kill()
    await ada.page.waitForTimeout(700)
    await blog.run()
    await typing
    await ada.saving('stored')
    assert.equal(await ada.reads(words.join('')), words.join(''))
    await bob.reads(words.join(''))
    assert.equal((await head(post)).body, words.join(''))
  }))

test('an earlier version is restored while another types', () =>
  together(['Ada', 'Bob'], async (ada, bob) => {
    const post = await draft('The first text.\n')
    await bob.edit(post.id)
    await bob.write('More by Bob.')
    await bob.saving('stored')
    await ada.open(`/admin/posts/${post.id}/history`, '.versions li')
    await ada.page.click('[aria-label="Restore version 1"]')
    await bob.write(' And more.')
    await ada.page.click('dialog >> text=Restore it')
    await ada.sees('text=Restored')
    const text = await bob.reads(/^The first text\.\n(?!More)/)
    await bob.write(' Bob goes on.')
    await bob.saving('stored')
    assert.equal((await head(post)).body, `${text} Bob goes on.`)
  }))

test('publishing shows readers what was written, and what is written then only once it is published again', () =>
  together(['Ada', 'Bob'], async (ada, bob) => {
    const post = await draft('')
    await ada.edit(post.id)
    await bob.edit(post.id)
    await ada.write('For readers.')
    await ada.page.click('text=Publish')
    await ada.sees('.standing >> text=Published')
    await bob.sees('.standing >> text=Published')
    const read = async () => (await (await fetch(`${blog.address}/api/posts/${post.id}`)).json()).body
    assert.equal(await read(), 'For readers.')
    await ada.write(' Not yet.')
    await ada.saving('stored')
    assert.equal(await read(), 'For readers.')
    await ada.open(`/admin/posts/${post.id}/history`, 'ins')
    assert.match(await ada.sees('main'), /Readers see version \d; the newest is \d/)
    await ada.edit(post.id)
    await ada.page.click('text=Publish changes')
    await ada.sees('text=Published.')
    assert.equal(await read(), 'For readers. Not yet.')
  }))

test('a post is scheduled, named, archived and thrown away from the menu', () =>
  together(['Ada'], async (ada) => {
    const post = await draft('Text')
    await ada.edit(post.id)
    await ada.menu('Schedule…')
    await ada.page.click('dialog .primary')
    await ada.sees('.standing >> text=Scheduled')
    assert.equal((await head(post)).status, 'scheduled')
    await ada.menu('Name this version…')
    await ada.page.fill('dialog input', 'Before the summer')
    await ada.page.click('dialog .primary')
    await ada.sees('text=Kept.')
    await ada.menu('Archive')
    await ada.sees('.standing >> text=Archived')
    await ada.menu('Move to trash')
    await ada.page.click('dialog .primary')
    await ada.sees('.standing >> text=In the trash')
    const { items } = await blog.api('GET', `/posts/${post.id}/versions`)
    assert.ok(items.some(({ message }) => message === 'Before the summer'))
  }))

test('who loses the permission in the middle can read on, and gets what was not stored', () =>
  together(['Ada', 'Bob'], async (ada, bob) => {
    const post = await draft('Text. ')
    await ada.edit(post.id)
    await bob.edit(post.id)
    await ada.menu('Lock')
    await ada.sees('text=Locked by you')
    await bob.saving('reading')
    await bob.sees('text=Locked by Ada')
    assert.equal(await bob.page.getAttribute('.cm-content', 'contenteditable'), 'false')
    await ada.write('Ada goes on.')
    await bob.reads('Text. Ada goes on.')
    await ada.menu('Unlock')
    await bob.page.waitForSelector('.cm-content[contenteditable="true"]', { timeout: 20_000 })
    await bob.write(' Bob too.')
    await bob.saving('stored')
    await ada.reads('Text. Ada goes on. Bob too.')
  }))

test('what is written offline and refused later is said, kept, and can be copied', () =>
  together(['Ada', 'Bob'], async (ada, bob) => {
    const post = await draft('Text. ')
    await bob.edit(post.id)
    await bob.cut()
    await bob.saving('offline')
    await bob.write('Bob offline.')
    await blog.api('POST', `/posts/${post.id}/lock`, undefined, { as: 'Ada', role: 'editor' })
    bob.line.mend()
    await bob.saving('refused')
    assert.match(await bob.sees('.saving'), /you may not edit this post now.*Copy my text/)
    assert.equal((await head(post)).body, 'Text. ')
    await blog.api('POST', `/posts/${post.id}/unlock`, undefined, { as: 'Ada', role: 'editor' })
    await bob.saving('stored')
    assert.equal((await head(post)).body, 'Text. Bob offline.')
    await ada.edit(post.id)
  }))

test('a viewer reads along and changes nothing', async () => {
  const post = await blog.api('POST', '/posts', { title: 'Mine', body: 'Text' }, { as: 'Cora', role: 'contributor' })
  await blog.api('POST', `/posts/${post.id}/schedule`, { at: '2099-01-01T00:00:00Z' })
  const cora = await writer(blog, 'Cora', { role: 'contributor' })
  await cora.edit(post.id)
  await cora.saving('reading')
  assert.equal(await cora.page.getAttribute('.cm-content', 'contenteditable'), 'false')
  assert.equal(await cora.page.getAttribute('.title', 'readonly'), '')
  await cora.write('x')
  await cora.page.click('text=Details')
  assert.equal(await cora.page.getAttribute('#field-tags', 'readonly'), '')
  assert.equal((await head(post)).body, 'Text')
  await cora.context.close()
})

test('who is signed out is told, and goes on after signing in again', () =>
  together(['Ada'], async (ada) => {
    const post = await draft('')
    await ada.edit(post.id)
    const cookies = await ada.context.cookies()
    await ada.context.clearCookies()
    await ada.cut()
    await ada.write('Signed out. ')
    ada.line.mend()
    await ada.saving('refused')
    assert.match(await ada.sees('.saving'), /you are signed out/)
    await ada.context.addCookies(cookies)
    await ada.page.click('text=Try again')
    await ada.saving('stored')
    assert.equal((await head(post)).body, 'Signed out. ')
  }))

test('another build of the server is said, and the page reloads without losing text', () =>
  together(['Ada'], async (ada) => {
    const post = await draft('')
    await ada.edit(post.id)
    let isNew = false
    await ada.page.route('**/api/**', async (route) => {
      const response = await route.fetch()
      await route.fulfill({ response, headers: { ...response.headers(), ...(isNew && { 'x-blog-build': 'newer' }) } })
    })
    await ada.write('Written before.')
    const reloaded = ada.page.waitForNavigation({ timeout: 20_000 })
    isNew = true
    await reloaded
    await ada.saving('stored')
    await ada.reads('Written before.')
    await ada.sees('.banner')
  }))

test('undo takes back one’s own edits, not another’s', () =>
  together(['Ada', 'Bob'], async (ada, bob) => {
    const post = await draft('')
    await ada.edit(post.id)
    await bob.edit(post.id)
    await ada.write('Ada. ')
    await bob.reads('Ada. ')
    await bob.write('Bob. ')
    await ada.reads('Ada. Bob. ')
    await ada.page.keyboard.press('Control+z')
    await bob.reads('Bob. ')
    await ada.page.keyboard.press('Control+Shift+Z')
    await bob.reads('Ada. Bob. ')
  }))

test('two tabs of one person are one person, with two cursors', () =>
  together(['Ada'], async (ada) => {
    const post = await draft('')
    await ada.edit(post.id)
    const first = ada.page
    ada.page = await ada.context.newPage()
    await ada.edit(post.id)
    await ada.write('Second tab. ')
    await ada.saving('stored')
    ada.page = first
    await ada.reads('Second tab. ')
    await ada.write('First tab.')
    await ada.saving('stored')
    assert.equal(await ada.page.locator('.people li').count(), 1)
    assert.equal((await head(post)).body, 'Second tab. First tab.')
  }))

test('a field that the server would not take is said, and not sent', () =>
  together(['Ada'], async (ada) => {
    const post = await draft('', { tags: ['sea'] })
    await ada.edit(post.id)
    await ada.page.click('text=Details')
    await ada.page.fill('#field-tags', 'x'.repeat(101))
    assert.match(await ada.sees('.field .wrong:not(:empty)'), /longer than 100/)
    await ada.page.fill('#field-tags', 'sea, sun')
    await ada.page.waitForFunction(() => !document.querySelector('.field .wrong:not(:empty)'))
    await ada.page.fill('#field-category', 'a//b')
    await ada.sees('.field .wrong:not(:empty)')
    await ada.saving('stored')
    const { tags, category } = await head(post)
    assert.deepEqual({ tags, category }, { tags: ['sea', 'sun'], category: null })
  }))
