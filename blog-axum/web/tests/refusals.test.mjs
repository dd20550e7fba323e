// What the server does not store: the page says why, offers what helps, and looks well.
import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { Blog } from './blog.mjs'
import { inEachLook } from './looks.mjs'
import { browser, writer } from './writer.mjs'

let blog

before(async () => {
  blog = await Blog.start('', ['--max-document-bytes', '4096'])
})
after(async () => {
  await browser.close()
  await blog.stop()
})

/** Has somebody write without a connection, while something happens to them or to the post. */
async function meanwhile(ada, happens) {
  await ada.cut()
  await ada.saving('offline')
  await ada.write('Written offline.')
  await happens()
  ada.line.mend()
}

const by = (as) => ({ as, role: 'editor' })

/** Why the server refuses, what that looks like to the writer, and how they come to it. */
const REFUSALS = {
  'signed-out': {
    said: /you are signed out/,
    offers: ['Sign in in another tab', 'Try again'],
    comes: (ada) => meanwhile(ada, () => ada.context.clearCookies()),
  },
  forbidden: {
    said: /you may not edit this post now/,
    offers: ['Copy my text', 'Discard what is not stored'],
    comes: (ada, post) => meanwhile(ada, () => blog.api('POST', `/posts/${post.id}/lock`, undefined, by('Bob'))),
  },
  gone: {
    said: /this post is gone/,
    offers: ['Copy my text', 'Discard what is not stored'],
    comes: (ada, post) =>
      meanwhile(ada, async () => {
        await blog.api('POST', `/posts/${post.id}/trash`)
        await blog.api('DELETE', `/posts/${post.id}`)
      }),
  },
  'too-large': {
    said: /the text is too large/,
    offers: ['Copy my text', 'Try again', 'Discard what is not stored'],
    comes: async (ada) => {
      await ada.page.focus('.cm-content')
      await ada.page.keyboard.insertText('A very long text. '.repeat(300))
    },
  },
  broken: {
    said: /the server could not read it/,
    offers: ['Copy my text', 'Try again', 'Discard what is not stored'],
    comes: async (ada) => {
      // As if a message were damaged on its way.
      await ada.page.evaluate(() => {
        const { send } = WebSocket.prototype
        WebSocket.prototype.send = function () {
          send.call(this, new Uint8Array([0, 2, 3, 255, 255, 255]))
        }
      })
      await ada.write('Damaged.')
    },
  },
}

for (const [name, { said, offers, comes }] of Object.entries(REFUSALS)) {
  inEachLook(`text that is refused: ${name}`, async (options, viewer) => {
    const post = await blog.api('POST', '/posts', { title: 'A day at the sea', body: 'The harbour lay dry.\n' }, by('Ada'))
    const ada = await writer(blog, 'Ada', options)
    const see = viewer(ada)
    await ada.edit(post.id)
    await comes(ada, post)
    assert.match(await ada.sees('.saving[data-state="refused"]'), said)
    assert.match(await ada.sees('.saving'), /Your text is kept in this browser/)
    assert.deepEqual(await ada.page.$$eval('.saving .help > *', (offered) => offered.map((one) => one.textContent)), offers)
    await see(`refused-${name}`)
    if (offers.includes('Discard what is not stored')) {
      await ada.page.click('text=Discard what is not stored')
      await ada.sees('dialog')
      await see(`refused-${name}-discard`)
    }
    assert.deepEqual(ada.problems, [])
    await ada.context.close()
  })
}
