// Signing in and out, and the whole of it below a prefix.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Blog } from './blog.mjs'
import { browser, writer } from './writer.mjs'

let blog
let ada

before(async () => {
  blog = await Blog.start('/my/blog')
  ada = await writer(blog, 'Ada')
  await ada.context.clearCookies()
})
after(async () => {
  await browser.close()
  await blog.stop()
  assert.deepEqual(ada.problems, [])
})

const path = () => new URL(ada.page.url()).pathname

test('who is not signed in is asked for a token, and then led to what they wanted', async () => {
  await ada.open('/admin?status=published', '.sign-in')
  await ada.page.fill('#token', 'guess')
  await ada.page.keyboard.press('Enter')
  assert.match(await ada.sees('.wrong'), /not valid/)
  await ada.page.fill('#token', blog.token('Ada', 'editor'))
  await ada.page.keyboard.press('Enter')
  await ada.sees('.rows li')
  assert.equal(path(), '/my/blog/admin')
  assert.equal(new URL(ada.page.url()).search, '?status=published')
  const [cookie] = await ada.context.cookies(ada.line.address)
  assert.deepEqual([cookie.path, cookie.httpOnly, cookie.sameSite], ['/my/blog', true, 'Lax'])
})

test('below a prefix a post is begun, written, shown and looked back on', async () => {
  await ada.open('/admin', 'text=New post')
  await ada.page.click('text=New post')
  await ada.page.fill('dialog input', 'Below')
  await ada.page.keyboard.press('Enter')
  await ada.saving('stored')
  assert.match(path(), /^\/my\/blog\/admin\/posts\/[^/]+\/edit$/)
  await ada.write('It is **kept**.')
  await ada.saving('stored')
  assert.equal(await ada.sees('.preview strong'), 'kept')
  await ada.page.reload()
  await ada.reads('It is **kept**.')
  await ada.open(path().replace('/my/blog', '').replace('/edit', '/history'), '.versions')
  await ada.open('/admin', 'text=New post')
  await ada.sees('.rows >> text=Below')
})

test('who signs out has to sign in again', async () => {
  await ada.open('/admin', 'text=New post')
  await ada.page.click('text=Sign out')
  await ada.sees('.sign-in')
  assert.deepEqual(await ada.context.cookies(ada.line.address), [])
  await ada.open('/admin', '.sign-in')
})

test('a browser that keeps no cookies is told so', async () => {
  await ada.open('/admin', '.sign-in')
  await ada.page.route('**/admin/sign-in', async (route) => {
    const request = route.request()
    const sent = { method: request.method(), headers: request.headers(), body: request.postData(), redirect: 'manual' }
    const { status, headers } = await fetch(request.url(), sent)
    await route.fulfill({ status, headers: { location: headers.get('location') } })
  })
  await ada.page.fill('#token', blog.token('Ada', 'editor'))
  await ada.page.keyboard.press('Enter')
  assert.match(await ada.sees('.wrong'), /cookies/)
})

test('a page of another site changes nothing, though its reader is signed in', async () => {
  await ada.page.unroute('**/admin/sign-in')
  await ada.open('/admin', '.sign-in')
  await ada.page.fill('#token', blog.token('Ada', 'editor'))
  await ada.page.keyboard.press('Enter')
  await ada.sees('text=New post')
  // The same machine by another name is another site.
  const elsewhere = await ada.context.newPage()
  const answers = []
  elsewhere.on('response', (response) => answers.push([response.request().method(), response.status()]))
  const foreign = ada.line.address.replace('127.0.0.1', 'localhost')
  await elsewhere.goto(`${foreign}/robots.txt`)
  await elsewhere.evaluate((action) => {
    const form = Object.assign(document.createElement('form'), { method: 'post', action })
    document.body.append(form)
    form.submit()
  }, `${ada.line.address}/admin/sign-out`)
  await elsewhere.waitForURL(`${ada.line.address}/**`)
  assert.deepEqual(answers.filter(([method]) => method === 'POST'), [['POST', 403]])
  await ada.open('/admin', 'text=New post')
})
