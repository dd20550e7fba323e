// For development alone: serves the pages from their templates and dist/, and passes the API and the
// rooms on to a blog-server that runs already.
//
//   npm run dev -- http://127.0.0.1:3000
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { fileURLToPath } from 'node:url'
import nunjucks from 'nunjucks'

const dist = new URL('../dist/', import.meta.url)
const templates = fileURLToPath(new URL('../../templates/', import.meta.url))
const TYPES = { js: 'text/javascript', css: 'text/css' }

/** What the roles may do, as blog-core's policy has it. */
const MAY = {
  admin: ['create', 'edit', 'submit', 'publish', 'trash', 'delete', 'act_for_others'],
  editor: ['create', 'edit', 'submit', 'publish', 'trash', 'act_for_others'],
  author: ['create', 'edit', 'submit', 'publish', 'trash'],
  contributor: ['create', 'edit', 'submit'],
}

/** Changes with the built files. */
export function buildId() {
  const hash = createHash('sha256')
  for (const name of readdirSync(dist).sort()) hash.update(readFileSync(new URL(name, dist)))
  return hash.digest('hex').slice(0, 12)
}

/** Serves the pages in front of the blog-server at `upstream`; `build` is what the API says it is. */
export async function start({ upstream, port = 0, build = buildId, adminToken }) {
  const environment = new nunjucks.Environment(new nunjucks.FileSystemLoader(templates, { noCache: true }))
  const target = new URL(upstream)

  const api = (path, token, init = {}) =>
    fetch(upstream + path, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}`, 'content-type': 'application/json' } })

  const server = createServer(async (incoming, response) => {
    try {
      await answer(incoming, response)
    } catch (error) {
      response.writeHead(502).end(String(error))
    }
  })

  async function answer(incoming, response) {
    const path = new URL(incoming.url, upstream).pathname
    if (!path.startsWith('/admin')) return pass(incoming, response)
    const asset = /^\/admin\/assets\/[^/]+\/([\w.]+)$/.exec(path)?.[1]
    if (asset && existsSync(new URL(asset, dist))) {
      response.setHeader('content-type', TYPES[asset.split('.').at(-1)])
      return response.end(readFileSync(new URL(asset, dist)))
    }
    if (path === '/admin/sign-in') return signIn(incoming, response)
    if (path === '/admin/sign-out') return redirect(response, '/admin/sign-in', 'blog_session=; Max-Age=0; Path=/')
    const token = /blog_session=([^;]+)/.exec(incoming.headers.cookie ?? '')?.[1]
    if (!token) return redirect(response, '/admin/sign-in')
    if (path === '/admin/preview') return preview(incoming, response)
    const { sub, name, roles } = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'))
    const may = MAY[roles[0]] ?? []
    const values = { actor: { id: sub, name: name ?? sub }, may }
    if (path === '/admin') return page(response, 'posts', values)
    const [, id, kind] = /^\/admin\/posts\/([^/]+)\/(edit|history)$/.exec(path) ?? []
    if (!id) return response.writeHead(404).end()
    const found = await api(`/api/posts/${id}?view=head`, token)
    if (!found.ok) return response.writeHead(found.status).end()
    const post = await found.json()
    const { locked_by: lockedBy } = await (await api(`/api/posts/${id}/presence`, token)).json()
    const isOwn = [post.author, ...post.coauthors].some((author) => author.id === sub)
    const here = isOwn || ['admin', 'editor'].includes(roles[0]) ? may : []
    const isOpen = post.status !== 'scheduled' || here.includes('publish')
    const mayEdit = here.includes('edit') && isOpen && (!lockedBy || lockedBy === sub)
    return page(response, kind, { ...values, may: here, post, may_edit: mayEdit })
  }

  function page(response, name, values) {
    const nonce = randomBytes(16).toString('base64')
    const html = environment.render(`admin/${name}.html`, {
      site: { title: 'Blog', prefix: '', home: '/' },
      build: build(),
      nonce,
      ...values,
    })
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.setHeader(
      'content-security-policy',
      `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; connect-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    )
    response.end(html)
  }

  async function signIn(incoming, response) {
    if (incoming.method !== 'POST') return page(response, 'sign_in', { next: '/admin' })
    const form = new URLSearchParams(await text(incoming))
    const token = form.get('token')
    const known = await api('/api/posts?status=draft', token)
    if (!known.ok) return page(response, 'sign_in', { next: form.get('next'), wrong: 'The token is not valid.' })
    return redirect(response, form.get('next') || '/admin', `blog_session=${token}; HttpOnly; SameSite=Lax; Path=/`)
  }

  /** Until the server renders what is no post: makes one of it, and deletes that. */
  async function preview(incoming, response) {
    const { body } = JSON.parse(await text(incoming))
    const made = await api('/api/posts', adminToken, { method: 'POST', body: JSON.stringify({ title: 'Preview', body }) })
    const { id, html } = await made.json()
    await api(`/api/posts/${id}/trash`, adminToken, { method: 'POST' })
    await api(`/api/posts/${id}`, adminToken, { method: 'DELETE' })
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ html }))
  }

  function pass(incoming, response) {
    const outgoing = request({ host: target.hostname, port: target.port, path: incoming.url, method: incoming.method, headers: incoming.headers })
    outgoing.on('response', (answer) => {
      response.writeHead(answer.statusCode, { ...answer.headers, 'x-blog-build': build() })
      answer.pipe(response)
    })
    outgoing.on('error', () => response.destroy())
    incoming.pipe(outgoing)
  }

  server.on('upgrade', (incoming, socket, head) => {
    const outgoing = request({ host: target.hostname, port: target.port, path: incoming.url, headers: incoming.headers })
    outgoing.on('upgrade', (answer, other, rest) => {
      const headers = Object.entries(answer.headers).map(([name, value]) => `${name}: ${value}\r\n`)
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${headers.join('')}\r\n`)
      other.write(head)
      socket.write(rest)
      socket.setNoDelay()
      other.setNoDelay()
      other.pipe(socket).pipe(other)
      for (const [one, another] of [[socket, other], [other, socket]]) one.on('error', () => another.destroy()).on('close', () => another.destroy())
    })
    outgoing.on('response', (answer) => socket.end(`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\ncontent-length: 0\r\n\r\n`))
    outgoing.on('error', () => socket.destroy())
    socket.on('error', () => outgoing.destroy())
    outgoing.end()
  })
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve))
  return { address: `http://127.0.0.1:${server.address().port}`, stop: () => (server.closeAllConnections(), server.close()) }
}

async function text(incoming) {
  const chunks = []
  for await (const chunk of incoming) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

function redirect(response, to, cookie) {
  response.writeHead(303, { location: to, ...(cookie && { 'set-cookie': cookie }) }).end()
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [upstream = 'http://127.0.0.1:3000'] = process.argv.slice(2)
  const { address } = await start({ upstream, port: 3001, adminToken: process.env.BLOG_ADMIN_TOKEN })
  console.log(`${address}/admin`)
}
