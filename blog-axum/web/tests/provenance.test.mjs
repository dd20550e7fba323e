// What a model wrote: the history says which one, with how many tokens and at which cost.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import axe from 'axe-core'
import { Blog } from './blog.mjs'
import { browser, writer } from './writer.mjs'

const ANSWER = { title: 'Crabs', body: 'They walk.', excerpt: '', tags: [], category: '', seo: { title: '', description: '', keywords: [] } }
const COMPLETION = {
  object: 'chat.completion',
  model: 'stand-in-1',
  choices: [{ index: 0, message: { role: 'assistant', content: JSON.stringify(ANSWER) }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1000, completion_tokens: 234, total_tokens: 1234 },
}

let model

before(async () => {
  model = createServer((_, response) => response.setHeader('content-type', 'application/json').end(JSON.stringify(COMPLETION)))
  await new Promise((resolve) => model.listen(0, '127.0.0.1', resolve))
  process.env.OPENAI_BASE_URL = `http://127.0.0.1:${model.address().port}/v1`
  process.env.OPENAI_MODEL = 'stand-in-1'
})
after(async () => {
  await browser.close()
  model.close()
})

/** A blog with a post that the model drafted at these prices and a person edited, for as long as `look` looks at it. */
async function withDraft(prices, look) {
  process.env.BLOG_AI_PRICES = prices
  const blog = await Blog.start()
  try {
    const response = await fetch(`${blog.address}/ai/generate-content`, {
      method: 'POST',
      headers: { authorization: `Bearer ${blog.token('Ada')}`, 'content-type': 'application/json' },
      body: JSON.stringify({ topic: 'Crabs', save_as_draft: true }),
    })
    const answer = await response.json()
    assert.equal(response.status, 200, JSON.stringify(answer))
    const { post } = answer
    await blog.api('PATCH', `/posts/${post.id}`, { body: 'They walk sideways.' }, { as: 'Ada', role: 'editor', headers: { 'if-match': `"${post.revision}"` } })
    const ada = await writer(blog, 'Ada')
    await look(ada, post)
    await ada.context.close()
  } finally {
    await blog.stop()
  }
}

/** What the history says of the origin of each version, the newest first. */
async function origins(ada, post) {
  await ada.open(`/admin/posts/${post.id}/history`, '.versions li')
  return ada.page.$$eval('.versions li', (items) => items.map((item) => item.querySelector('.origin')?.textContent ?? null))
}

test("a model's version says its model and tokens, and a person's says nothing of the kind", () =>
  withDraft('', async (ada, post) => {
    assert.deepEqual(await origins(ada, post), [null, 'stand-in-1 · 1,234 tokens'])
    await ada.page.evaluate(axe.source)
    const { violations } = await ada.page.evaluate(() => window.axe.run())
    assert.deepEqual(violations.map(({ id }) => id), [])
    assert.deepEqual(ada.problems, [])
  }))

test('what it cost is said where the model has a price', () =>
  withDraft('stand-in-1=10/1/10', async (ada, post) => {
    assert.deepEqual(await origins(ada, post), [null, 'stand-in-1 · 1,234 tokens · 0.01234'])
  }))
