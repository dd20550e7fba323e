// People write together, and what the page says of being stored is true.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Blog } from './blog.mjs'
import { eventually } from './eventually.mjs'
import { picture } from './looks.mjs'
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

/** Writes somebody's details, each into a field of its own. */
async function say(one, fields) {
  await one.page.click('text=Details')
  for (const [name, text] of Object.entries(fields)) {
    await one.page.fill(`#field-${name}`, text)
    await one.page.locator(`#field-${name}`).blur()
  }
}

/** Waits until somebody's field says so. */
const shows = (one, name, text) => one.page.waitForFunction(([name, text]) => document.querySelector(`#field-${name}`).value === text, [name, text])

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
    assert.equal((await bob.sees('.caret-name')).trim(), 'Ada')
    await picture(ada, 'two-ada')
    await picture(bob, 'two-bob')
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
    const byAda = { tags: 'sea, moon', excerpt: 'In short', cover: '/sea.png', 'page-title': 'The sea by night' }
    const byBob = { category: 'travel/coast', description: 'By night', keywords: 'sea, night', 'canonical-address': 'https://example.org/sea' }
    await say(ada, byAda)
    await say(bob, byBob)
    for (const [one, fields] of [[ada, byBob], [bob, byAda]]) {
      for (const [name, text] of Object.entries(fields)) await shows(one, name, text)
    }
    await ada.saving('stored')
    await bob.saving('stored')
    const { title, tags, category, excerpt, cover, seo } = await head(post)
    const flat = { title: 'A night at the sea', tags: ['sea', 'moon'], category: 'travel/coast', excerpt: 'In short', cover: '/sea.png' }
    assert.deepEqual({ title, tags, category, excerpt, cover }, flat)
    assert.deepEqual(seo, { title: 'The sea by night', description: 'By night', keywords: ['sea', 'night'], canonical_url: 'https://example.org/sea' })
  }))

test('an address and a time to appear that one sets are seen by the other', () =>
  together(['Ada', 'Bob'], async (ada, bob) => {
    const post = await draft('')
    await ada.edit(post.id)
    await bob.edit(post.id)
    await ada.page.click('text=Details')
    await ada.page.fill('#field-address', 'by-the-sea')
    await ada.page.click('text=Save these')
    await shows(bob, 'address', 'by-the-sea')
    await bob.menu('Schedule…')
    await bob.page.fill('dialog input', '2099-06-01T12:00')
    await bob.page.click('dialog .primary')
    await ada.sees('.standing >> text=Scheduled')
    const { slug, scheduled_at } = await head(post)
    assert.equal(slug, 'by-the-sea')
    assert.equal(await ada.page.getAttribute('.standing time', 'datetime'), scheduled_at)
  }))

test('a connection that breaks is said, and what was written meanwhile arrives', () =>
  together(['Ada', 'Bob'], async (ada, bob) => {
    const post = await draft('')
    await ada.edit(post.id)
    await bob.edit(post.id)
    await ada.cut()
    await ada.saving('offline')
    await ada.write('from Ada ')
    assert.match(await ada.sees('.saving:has-text("not sent yet")'), /Offline, not sent yet.*kept in this browser/)
    await bob.write('from Bob ')
    await bob.saving('stored')
    ada.line.mend()
    await ada.saving('stored')
    const text = await ada.reads(/from Ada .*from Bob |from Bob .*from Ada /)
    await bob.reads(text)
  }))

test('what is on its way is said to be sent, and stored only once the server says so', () =>
  together(['Ada'], async (ada) => {
    const post = await draft('')
    await ada.edit(post.id)
    ada.line.silence()
    await ada.write('On its way.')
    assert.match(await ada.sees('.saving[data-state="sent"]'), /Sent/)
    ada.line.mend()
    await ada.saving('stored')
    assert.equal((await head(post)).body, 'On its way.')
  }))

test('text that is too large for the server is said, kept, and stored once it is shorter', async () => {
  const small = await Blog.start('', ['--max-document-bytes', '4096'])
  const ada = await writer(small, 'Ada')
  try {
    const post = await small.api('POST', '/posts', { title: 'Small', body: 'Short. ' }, { as: 'Ada', role: 'editor' })
    await ada.edit(post.id)
    await ada.write('y'.repeat(100))
    await ada.saving('stored')
    await ada.page.keyboard.insertText('x'.repeat(5000))
    assert.match(await ada.sees('.saving[data-state="refused"]'), /too large.*kept in this browser/)
    while ((await ada.text()).includes('x')) await ada.page.keyboard.press('Control+z')
    await ada.page.click('button:has-text("Try again")')
    await ada.saving('stored')
    const body = await ada.text()
    assert.equal((await small.api('GET', `/posts/${post.id}?view=head`)).body, body)
    assert.deepEqual(ada.problems, [])
  } finally {
    await ada.context.close()
    await small.stop()
  }
})

test('a day offline, the tab closed meanwhile and the server changed, loses nothing', () =>
  together(['Ada', 'Bob'], async (ada, bob) => {
    const post = await draft('Base.\n')
    await ada.edit(post.id)
    await ada.cut()
    await ada.saving('offline')
    await ada.write('Written on the train. ')
    await ada.untilKept()
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

const details = async (post) => {
  const { tags, seo } = await head(post)
  return { tags: tags.toSorted(), ...seo, keywords: seo.keywords.toSorted() }
}

for (const isClosed of [false, true]) {
  test(`details that were changed offline and by others meanwhile are all kept${isClosed ? ', also where the tab was closed' : ''}`, () =>
    together(['Ada', 'Bob'], async (ada, bob) => {
      const post = await draft('', { tags: ['sea', 'old'], seo: { keywords: ['blue'] } })
      await ada.edit(post.id)
      await bob.edit(post.id)
      await ada.cut()
      await ada.saving('offline')
      await say(ada, { tags: 'sea, moon', 'page-title': 'By Ada', keywords: 'blue, wide' })
      if (isClosed) {
        const isKept = (doc) => doc.getMap('meta').get('tags').includes('moon') && doc.getMap('meta').get('seo').keywords.includes('wide')
        await ada.untilKept(isKept)
        await ada.page.close({ runBeforeUnload: false })
      }
      await say(bob, { tags: 'sea, old, sun', description: 'By Bob', keywords: 'deep' })
      await bob.saving('stored')
      ada.line.mend()
      if (isClosed) {
        ada.page = await ada.context.newPage()
        await ada.edit(post.id)
      }
      await ada.saving('stored')
      await bob.page.waitForFunction(() => document.querySelector('#field-page-title').value === 'By Ada')
      await bob.page.waitForFunction(() => document.querySelector('#field-tags').value.includes('moon'))
      await ada.saving('stored')
      const all = { tags: ['moon', 'sea', 'sun'], title: 'By Ada', description: 'By Bob', keywords: ['deep', 'wide'], canonical_url: null }
      assert.deepEqual(await details(post), all)
    }))
}

/** Has somebody type word after word until they are stopped; all the words, and how to stop them. */
function goesOn(one, next = (number) => `w${number} `) {
  const words = []
  let isStopped = false
  const typing = (async () => {
    while (!isStopped) {
      const word = next(words.length)
      words.push(word)
      await one.write(word)
      await one.page.waitForTimeout(40)
    }
  })()
  return [words, () => ((isStopped = true), typing)]
}

/** Waits until so many words are typed. */
async function typed(words, count) {
  await eventually(() => words.length >= count, `${count} words`)
}

test('the server is killed and comes back while five type, and nothing is lost', () =>
  together(['Ada', 'Bob', 'Cleo', 'Dora', 'Emil'], async (...five) => {
    const post = await draft('')
    for (const one of five) await one.edit(post.id)
    const typing = five.map((one, index) => goesOn(one, () => 'abcde'[index]))
    for (const one of five) await one.reads(/a.*a/)
    await blog.kill()
    await five[0].saving('offline')
    await Promise.all(typing.map(([words]) => typed(words, words.length + 5)))
    await blog.run()
    for (const one of five) await one.saving('stored', 'sent')
    await Promise.all(typing.map(([, stop]) => stop()))
    for (const one of five) await one.saving('stored')
    const letters = (text) => [...text].sort().join('')
    const text = await five[0].reads(new RegExp(`^[a-e]{${typing.flatMap(([words]) => words).length}}$`))
    assert.equal(letters(text), letters(typing.flatMap(([words]) => words).join('')))
    for (const one of five) await one.reads(text)
    assert.equal((await head(post)).body, text)
  }))

test('the server is killed and comes back while they type, and nothing is lost', () =>
  together(['Ada', 'Bob'], async (ada, bob) => {
    const post = await draft('')
    await ada.edit(post.id)
    await bob.edit(post.id)
    const [words, stop] = goesOn(ada)
    await bob.reads(/w3 /)
    await blog.kill()
    await typed(words, words.length + 5)
    await blog.run()
    await ada.saving('stored', 'sent')
    await typed(words, words.length + 5)
    await stop()
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
    const [words, stop] = goesOn(bob)
    await ada.page.click('[aria-label="Restore version 1"]')
    await ada.page.click('dialog >> text=Restore it')
    await ada.sees('text=Restored')
    await bob.reads(/^The first text\.\n(?!More)/)
    await typed(words, words.length + 5)
    await stop()
    await bob.saving('stored')
    const text = await bob.text()
    // What he has written since is there, in its order, and nothing from before.
    const since = text.replace('The first text.\n', '')
    assert.ok(since && words.join('').endsWith(since), text)
    assert.equal((await head(post)).body, text)
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
    await bob.page.waitForSelector('.cm-content[contenteditable="true"]')
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
    assert.match(await bob.sees('.saving'), /you may not edit this post now/)
    await bob.context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await bob.page.click('text=Copy my text')
    await bob.sees('text=Copied.')
    assert.equal(await bob.page.evaluate(() => navigator.clipboard.readText()), 'Text. Bob offline.')
    // As on plain HTTP.
    await bob.page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }))
    await bob.page.click('text=Copy my text')
    await bob.sees('dialog')
    assert.equal(await bob.page.evaluate(() => getSelection().toString()), 'Text. Bob offline.')
    await bob.page.keyboard.press('Escape')
    await bob.gone('dialog')
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
    await ada.page.click('button:has-text("Try again")')
    await ada.saving('stored')
    assert.equal((await head(post)).body, 'Signed out. ')
  }))

test('who may edit by now, and tries again after being signed out, goes on', () =>
  together(['Ada'], async (ada) => {
    const post = await draft('')
    await blog.api('POST', `/posts/${post.id}/lock`, undefined, { as: 'Bob', role: 'editor' })
    await ada.edit(post.id)
    await ada.saving('reading')
    await blog.api('POST', `/posts/${post.id}/unlock`, undefined, { as: 'Bob', role: 'editor' })
    await ada.saving('stored')
    const cookies = await ada.context.cookies()
    await ada.context.clearCookies()
    await ada.cut()
    ada.line.mend()
    await ada.saving('refused')
    await ada.context.addCookies(cookies)
    await ada.page.click('button:has-text("Try again")')
    await ada.saving('stored')
    await ada.write('Ada again.')
    await ada.saving('stored')
    assert.equal((await head(post)).body, 'Ada again.')
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
    const reloaded = ada.page.waitForNavigation()
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
    const second = ada.page
    ada.page = first
    await ada.reads('Second tab. ')
    await ada.write('First tab.')
    await ada.saving('stored')
    for (const tab of [first, second]) {
      ada.page = tab
      await ada.reads('Second tab. First tab.')
      assert.equal((await ada.sees('.caret-name')).trim(), 'Ada')
      assert.equal(await tab.locator('.caret').count(), 1)
      assert.deepEqual(await tab.locator('.people li').allTextContents(), ['AAda (you)'])
    }
    // Each is where the other tab's is.
    await second.focus('.cm-content')
    await second.keyboard.press('Control+Home')
    const isAfter = (text) => {
      const before = document.createRange()
      before.setStart(document.querySelector('.cm-line'), 0)
      before.setEndBefore(document.querySelector('.caret'))
      return before.toString() === text
    }
    ada.page = second
    await ada.until(isAfter, 'Second tab. First tab.')
    ada.page = first
    await ada.until(isAfter, '')
    await second.close()
    await ada.gone('.caret')
    assert.equal((await head(post)).body, 'Second tab. First tab.')
  }))

test('what a field cannot take stays there to be mended, whatever others do', () =>
  together(['Ada', 'Bob'], async (ada, bob) => {
    const post = await draft('')
    await ada.edit(post.id)
    await bob.edit(post.id)
    await ada.page.click('text=Details')
    await ada.page.fill('#field-category', 'travel//coast')
    await ada.sees('.field .wrong:not(:empty)')
    await say(bob, { category: 'notes', excerpt: 'By Bob' })
    await ada.page.waitForFunction(() => document.querySelector('#field-excerpt').value === 'By Bob')
    assert.equal(await ada.page.inputValue('#field-category'), 'travel//coast')
    await ada.page.fill('#field-category', 'travel/coast')
    await bob.page.waitForFunction(() => document.querySelector('#field-category').value === 'travel/coast')
    assert.equal(await ada.page.locator('.field .wrong:not(:empty)').count(), 0)
  }))

test('a title that is taken away is asked for, beside its field', () =>
  together(['Ada', 'Bob'], async (ada, bob) => {
    const post = await draft('')
    await ada.edit(post.id)
    await bob.edit(post.id)
    await ada.page.fill('.title', '')
    assert.match(await bob.sees('#title-wrong:not(:empty)'), /A post needs a title/)
    await ada.saving('stored')
    assert.equal((await head(post)).title, 'A day at the sea')
    const described = ada.page.getByRole('textbox', { name: 'Title', exact: true })
    assert.equal(await described.getAttribute('aria-invalid'), 'true')
    await ada.page.fill('.title', 'Another day')
    await bob.page.waitForFunction(() => !document.querySelector('#title-wrong').textContent)
    assert.equal(await described.getAttribute('aria-invalid'), null)
    await ada.saving('stored')
    assert.equal((await head(post)).title, 'Another day')
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
    assert.equal(await ada.page.getAttribute('#field-category', 'aria-invalid'), 'true')
    await ada.saving('stored')
    const { tags, category } = await head(post)
    assert.deepEqual({ tags, category }, { tags: ['sea', 'sun'], category: null })
  }))
