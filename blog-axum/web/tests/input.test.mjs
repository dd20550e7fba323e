// What people type, paste and drop, however odd: the page says what cannot be taken, and nothing is lost.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Blog } from './blog.mjs'
import { browser, signIn, writer } from './writer.mjs'

let blog

before(async () => {
  blog = await Blog.start()
})
after(async () => {
  await browser.close()
  await blog.stop()
})

const draft = (body = '') => blog.api('POST', '/posts', { title: 'Input', body }, { as: 'Ada', role: 'editor' })
const head = (post) => blog.api('GET', `/posts/${post.id}?view=head`)

/** These people at a new post, each in a browser of their own; nothing may have gone wrong in any. */
async function at(body, names, scene) {
  const post = await draft(body)
  const writers = await Promise.all(names.map((name) => writer(blog, name)))
  try {
    for (const one of writers) await one.edit(post.id)
    await scene(...writers, post)
    for (const { problems } of writers) assert.deepEqual(problems, [])
  } finally {
    await Promise.all(writers.map(({ context }) => context.close()))
  }
}

const PICTURE = ['sea.png', 'image/png']
const DOCUMENT = ['plan.pdf', 'application/pdf']

test('pictures and other files are refused, with what can be done instead, and the text stays as it is', () =>
  at('Text. ', ['Ada'], async (ada, post) => {
    await ada.write('More. ')
    for (const how of ['paste', 'drop']) {
      for (const [file, said] of [[PICTURE, /Pictures cannot be uploaded yet.*!\[what it shows\]/], [DOCUMENT, /plan\.pdf.*\[its name\]/]]) {
        for (const on of ['.cm-content', '.title', '.preview']) {
          assert.ok(await ada.brings(how, {}, { files: [file], on }), `${how} on ${on}`)
          assert.match(await ada.sees('.failure'), said)
          await ada.page.click('.failure [aria-label="Close"]')
        }
      }
    }
    // A picture that is dragged from another page brings its address along.
    assert.ok(await ada.brings('drop', { 'text/plain': 'https://example.org/sea.png' }, { files: [PICTURE] }))
    await ada.sees('.failure')
    await ada.write('And on.')
    await ada.reads('Text. More. And on.')
    await ada.saving('stored')
    assert.equal((await head(post)).body, 'Text. More. And on.')
  }))

test('text that is dropped is taken', () =>
  at('First.\n', ['Ada'], async (ada, post) => {
    await ada.brings('drop', { 'text/plain': 'Dropped. ' })
    await ada.reads(/Dropped\. /)
    await ada.saving('stored')
    assert.match((await head(post)).body, /Dropped\. /)
  }))

const WORD = `<html xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-microsoft-com:office:word">
<head><meta name=Generator content="Microsoft Word 15"><style><!-- p.MsoNormal {mso-style-parent:""; margin:0cm;} --></style></head>
<body lang=EN-GB style='tab-interval:36.0pt'><!--StartFragment-->
<h1>The sea<o:p></o:p></h1><p class=MsoNormal>It was <b style='mso-bidi-font-weight:normal'>calm</b>.<o:p></o:p></p>
<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'><![if !supportLists]><span style='mso-list:Ignore'>·<span>&nbsp;&nbsp;</span></span><![endif]>a boat<o:p></o:p></p>
<!--EndFragment--></body></html>`

const DOCS = `<meta charset='utf-8'><b style="font-weight:normal;" id="docs-internal-guid-1a2b3c"><h1 dir="ltr" style="line-height:1.38;"><span style="font-size:20pt;font-family:Arial">The sea</span></h1>
<p dir="ltr"><span style="font-size:11pt">It was </span><span style="font-weight:700">calm</span><span>.</span></p>
<ul><li dir="ltr" style="list-style-type:disc"><p role="presentation"><span>a boat</span></p></li></ul></b><br class="Apple-interchange-newline">`

for (const [program, html, plain, files] of [
  ['Word', WORD, 'The sea\r\nIt was calm.\r\n·\ta boat\r\n', [['image.png', 'image/png']]],
  ['Google Docs', DOCS, 'The sea\nIt was calm.\n\n\u2022 a boat\n', []],
]) {
  test(`what is pasted from ${program} is its plain text`, () =>
    at('', ['Ada'], async (ada, post) => {
      await ada.page.focus('.cm-content')
      await ada.brings('paste', { 'text/plain': plain, 'text/html': html }, { files })
      const text = plain.replaceAll('\r\n', '\n')
      await ada.reads(text)
      await ada.saving('stored')
      assert.equal((await head(post)).body, text)
    }))
}

test('the page stays usable after a paste of a megabyte', () =>
  at('Before. ', ['Ada', 'Bob'], async (ada, bob, post) => {
    const large = 'The sea was calm, and nobody was in a hurry.\n'.repeat(22_000)
    await ada.page.focus('.cm-content')
    await ada.page.keyboard.press('Control+End')
    await ada.brings('paste', { 'text/plain': large })
    await ada.saving('stored')
    await ada.page.keyboard.type('After.')
    await ada.reads(/After\.$/)
    await ada.saving('stored')
    assert.equal((await head(post)).body, `Before. ${large}After.`)
    await bob.page.focus('.cm-content')
    await bob.page.keyboard.press('Control+End')
    await bob.reads(/After\.$/)
  }))

test('what is too much is refused where it is pasted, and nothing that was typed before is lost', () =>
  at('x'.repeat(700_000), ['Ada'], async (ada, post) => {
    await ada.write(' Typed before.')
    for (const how of ['paste', 'drop']) {
      await ada.brings(how, { 'text/plain': 'ü'.repeat(200_000) })
      assert.match(await ada.sees('.failure'), /text would be longer than the 1 MB that the server takes/)
      await ada.page.click('.failure [aria-label="Close"]')
      await ada.brings(how, { 'text/plain': 'x'.repeat(1_050_000) })
      assert.match(await ada.sees('.failure'), /the server takes 1 MB at once/)
      await ada.page.click('.failure [aria-label="Close"]')
    }
    await ada.write(' And after.')
    await ada.saving('stored')
    assert.match((await head(post)).body, /x Typed before\. And after\.$/)
  }))

test('what is pasted over a long text may be as long', () =>
  at('x'.repeat(700_000), ['Ada'], async (ada, post) => {
    await ada.page.focus('.cm-content')
    await ada.page.keyboard.press('Control+a')
    const text = 'ü'.repeat(400_000)
    await ada.brings('paste', { 'text/plain': text })
    await ada.saving('stored')
    assert.equal((await head(post)).body, text)
  }))

test('half characters and nulls, typed or pasted, neither break the text nor close the room', () =>
  at('', ['Ada', 'Bob'], async (ada, bob, post) => {
    await ada.page.focus('.cm-content')
    await ada.brings('paste', { 'text/plain': 'half \ud83d and \0 nothing, ' })
    for (const half of ['\ud83d', '\ude00', 'a\ud83db']) await ada.page.evaluate((half) => document.execCommand('insertText', false, half), half)
    const text = await ada.reads('half \ufffd and  nothing, \ufffd\ufffda\ufffdb')
    await bob.reads(text)
    // The cursor between the halves of a character.
    await ada.page.keyboard.press('Enter')
    await ada.page.keyboard.insertText('😀')
    // The editor listens to this longer than the test does.
    await ada.page.evaluate(() => {
      const selected = new Promise((resolve) => document.addEventListener('selectionchange', resolve, { once: true }))
      const halves = document.querySelectorAll('.cm-line')[1].firstChild
      getSelection().collapse(halves, 1)
      return selected.then(() => {})
    })
    await ada.page.keyboard.insertText('x')
    await ada.saving('stored')
    const now = await ada.text()
    assert.ok(now.isWellFormed(), JSON.stringify(now))
    await bob.reads(now)
    assert.equal((await head(post)).body, now)
    await ada.page.fill('.title', 'A title')
    await ada.page.focus('.title')
    await ada.page.evaluate(() => document.execCommand('insertText', false, '\ud83d'))
    await bob.write(' Bob goes on.')
    await bob.saving('stored')
    assert.match((await head(post)).title, /A title\ufffd|\ufffdA title/)
  }))

test('two write beside emoji of several characters and combining marks', () =>
  at('👩‍👩‍👧‍👦e\u0301', ['Ada', 'Bob'], async (ada, bob, post) => {
    await ada.page.focus('.cm-content')
    await ada.page.keyboard.press('Control+Home')
    await ada.page.keyboard.press('ArrowRight')
    await bob.page.focus('.cm-content')
    await bob.page.keyboard.press('Control+End')
    // Each character is one step, and both cursors stand beside whole ones.
    await ada.sees('.caret-name')
    await bob.sees('.caret-name')
    await Promise.all([ada.page.keyboard.type('1🏳️‍🌈'), bob.page.keyboard.type('n\u0303👍🏽')])
    const text = '👩‍👩‍👧‍👦1🏳️‍🌈e\u0301n\u0303👍🏽'
    await ada.reads(text)
    await bob.reads(text)
    await ada.page.keyboard.press('Backspace')
    await bob.page.keyboard.press('Backspace')
    // As elsewhere, a mark that was put on a character goes before it.
    await ada.reads('👩‍👩‍👧‍👦1e\u0301n\u0303👍')
    await ada.saving('stored')
    await bob.saving('stored')
    assert.equal((await head(post)).body, '👩‍👩‍👧‍👦1e\u0301n\u0303👍')
  }))

test('what is being composed in the title is not lost to what others write in it, nor theirs', () =>
  at('', ['Ada', 'Bob'], async (ada, bob, post) => {
    await ada.page.focus('.title')
    await ada.page.keyboard.press('End')
    const keyboard = await ada.context.newCDPSession(ada.page)
    await keyboard.send('Input.imeSetComposition', { text: 'にほ', selectionStart: 2, selectionEnd: 2 })
    await bob.page.focus('.title')
    await bob.page.keyboard.press('Home')
    await bob.page.keyboard.type('Our ')
    await ada.page.waitForFunction(() => document.title.startsWith('Our Input'))
    assert.match(await ada.page.inputValue('.title'), /にほ$/)
    await keyboard.send('Input.imeSetComposition', { text: 'にほん', selectionStart: 3, selectionEnd: 3 })
    await keyboard.send('Input.insertText', { text: '日本' })
    for (const one of [ada, bob]) await one.page.waitForFunction(() => document.querySelector('.title').value === 'Our Input日本')
    await ada.page.keyboard.type('!')
    await ada.saving('stored')
    assert.equal((await head(post)).title, 'Our Input日本!')
  }))

test('what others write between the words that are composed anew in the title stays', () =>
  at('', ['Ada', 'Bob'], async (ada, bob, post) => {
    await ada.page.focus('.title')
    await ada.page.keyboard.press('Control+a')
    const keyboard = await ada.context.newCDPSession(ada.page)
    await keyboard.send('Input.imeSetComposition', { text: 'にほ', selectionStart: 2, selectionEnd: 2 })
    await bob.page.focus('.title')
    await bob.page.keyboard.press('Home')
    await bob.page.keyboard.press('ArrowRight')
    await bob.page.keyboard.press('Delete')
    await bob.page.keyboard.type('-Bob 😀-')
    await ada.page.waitForFunction(() => document.title.startsWith('I-Bob 😀-put'))
    assert.equal(await ada.page.inputValue('.title'), 'にほ')
    await keyboard.send('Input.insertText', { text: '日本' })
    for (const one of [ada, bob]) await one.page.waitForFunction(() => document.querySelector('.title').value === '日本-Bob 😀-')
    await ada.saving('stored')
    assert.equal((await head(post)).title, '日本-Bob 😀-')
  }))

test('a word that is composed in the title and given up takes nothing of others’ along', () =>
  at('', ['Ada', 'Bob'], async (ada, bob, post) => {
    await ada.page.focus('.title')
    await ada.page.keyboard.press('End')
    const keyboard = await ada.context.newCDPSession(ada.page)
    await keyboard.send('Input.imeSetComposition', { text: 'にほ', selectionStart: 2, selectionEnd: 2 })
    await bob.page.focus('.title')
    await bob.page.keyboard.press('End')
    await bob.page.keyboard.type(' by Bob')
    await ada.page.waitForFunction(() => document.title.startsWith('Input by Bob'))
    await keyboard.send('Input.imeSetComposition', { text: '', selectionStart: 0, selectionEnd: 0 })
    for (const one of [ada, bob]) await one.page.waitForFunction(() => document.querySelector('.title').value === 'Input by Bob')
    await ada.saving('stored')
    assert.equal((await head(post)).title, 'Input by Bob')
  }))

test('bold and italic are put on and taken off, each for itself', () =>
  at('this', ['Ada'], async (ada) => {
    await ada.page.focus('.cm-content')
    await ada.page.keyboard.press('Control+a')
    for (const [key, text] of [['b', '**this**'], ['i', '***this***'], ['b', '*this*'], ['b', '***this***'], ['i', '**this**'], ['b', 'this'], ['i', '*this*'], ['i', 'this']]) {
      await ada.page.keyboard.press(`Control+${key}`)
      await ada.reads(text)
    }
  }))

test('each line runs in the direction of its text', () =>
  at('English.\n\u05e2\u05d1\u05e8\u05d9\u05ea 1\n\u0639\u0631\u0628\u064a\nEnglish \u05e2\u05d1\u05e8\u05d9\u05ea\n', ['Ada'], async (ada) => {
    const directions = () => ada.page.$$eval('.cm-line', (lines) => lines.map((line) => getComputedStyle(line).direction))
    assert.deepEqual((await directions()).slice(0, 4), ['ltr', 'rtl', 'rtl', 'ltr'])
    await ada.write('\u05e9')
    assert.equal((await directions()).at(-1), 'rtl')
    // Left is onward where a line runs to the left.
    await ada.page.keyboard.type('\u05dc')
    await ada.page.keyboard.press('ArrowRight')
    await ada.page.keyboard.type('-')
    await ada.reads(/\u05e9-\u05dc$/)
  }))

test('a tab whose sign-in has expired says so, keeps the text, and goes on once its owner has signed in in another', async () => {
  const post = await draft()
  const ada = await writer(blog, 'Ada')
  await ada.edit(post.id)
  await ada.write('In time. ')
  await ada.saving('stored')
  await signIn(ada.context, ada.line, blog.token('Ada', 'editor', '4s'))
  await ada.cut()
  ada.line.mend()
  await ada.saving('refused')
  assert.match(await ada.sees('.saving'), /Not stored: you are signed out.*Your text is kept in this browser/)
  await ada.write('Too late. ')
  await ada.untilKept()
  const [other] = await Promise.all([ada.context.waitForEvent('page'), ada.page.click('text=Sign in in another tab')])
  await other.fill('#token', blog.token('Ada'))
  await other.keyboard.press('Enter')
  await other.waitForSelector('.rows')
  await other.close()
  // As a browser does when somebody comes back to a tab.
  await ada.page.evaluate(() => dispatchEvent(new Event('focus')))
  await ada.saving('stored')
  await ada.reads('In time. Too late. ')
  assert.equal((await head(post)).body, 'In time. Too late. ')
  assert.deepEqual(ada.problems, [])
  await ada.context.close()
})
