// A blog-server of the tests' own, and a way to it that can be cut.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from './eventually.mjs'

const BINARY = process.env.BLOG_SERVER ?? '../../target/release/blog-server'

export class Blog {
  #data = mkdtempSync(join(tmpdir(), 'blog-admin-'))
  #lines = []
  #flags

  constructor(flags) {
    this.#flags = flags
  }

  /** A blog below `prefix`, whose server gets these flags. */
  static async start(prefix = '', flags = []) {
    const blog = new Blog(flags)
    blog.port = await freePort()
    blog.prefix = prefix
    blog.address = `http://127.0.0.1:${blog.port}${prefix}`
    await blog.run()
    blog.tokens = new Map()
    return blog
  }

  /** Starts the server, on the same data and port as before. */
  async run() {
    this.process = spawn(BINARY, ['serve', '--data', this.#data, '--addr', `127.0.0.1:${this.port}`, '--public-url', this.address, ...this.#flags], { stdio: 'ignore' })
    const isReady = () => fetch(`${this.address}/health/ready`).then(({ ok }) => ok, () => false)
    await eventually(isReady, 'the server has started')
  }

  /** Kills the server, as a power cut would. */
  async kill() {
    const gone = new Promise((resolve) => this.process.once('exit', resolve))
    this.process.kill('SIGKILL')
    await gone
  }

  token(name, role = 'editor', lasts = '12h') {
    const key = `${name} ${role} ${lasts}`
    const made = this.tokens.get(key) ?? execFileSync(BINARY, ['token', '--data', this.#data, '--name', name, '--role', role, '--ttl', lasts], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
    this.tokens.set(key, made)
    return made
  }

  async api(method, path, body, { as = 'Root', role = 'admin', headers = {} } = {}) {
    const response = await fetch(`${this.address}/api${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token(as, role)}`, 'content-type': 'application/json', ...headers },
      body: body && JSON.stringify(body),
    })
    const answer = await response.json().catch(() => undefined)
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`)
    return answer
  }

  /** A way to the server for one browser. */
  async line() {
    const line = new Line(this.port, this.prefix)
    this.#lines.push(line)
    await line.open()
    return line
  }

  async stop() {
    for (const line of this.#lines) line.close()
    await this.kill()
    rmSync(this.#data, { recursive: true, force: true })
  }
}

const NOTHING = 'HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\nconnection: close\r\n\r\nNone'

/** A TCP proxy that can be cut. */
class Line {
  /** Each end of each connection, and the one that has what it brings. */
  #sockets = new Map()
  #isCut = false
  #isSilent = false
  #isElsewhere = false

  constructor(port, prefix) {
    Object.assign(this, { port, prefix })
  }

  async open() {
    this.proxy = createServer((socket) => {
      if (this.#isCut) return socket.destroy()
      if (this.#isElsewhere) return socket.once('data', () => socket.end(NOTHING)).on('error', () => {})
      const other = connect(this.port, '127.0.0.1')
      for (const [one, another] of [[socket, other], [other, socket]]) {
        one.setNoDelay()
        this.#sockets.set(one, another)
        one.on('error', () => another.destroy()).on('close', () => (this.#sockets.delete(one), another.destroy()))
        if (!this.#isSilent) one.pipe(another)
      }
    })
    await new Promise((resolve) => this.proxy.listen(0, '127.0.0.1', resolve))
    this.address = `http://127.0.0.1:${this.proxy.address().port}${this.prefix}`
  }

  /** Cuts every connection, and lets none through until `mend`. */
  cut() {
    this.#isCut = true
    for (const socket of this.#sockets.keys()) socket.destroy()
  }

  /** Holds back all that is said on either side until `mend`; every connection stays. */
  silence() {
    this.#isSilent = true
    for (const [one, another] of this.#sockets) one.unpipe(another).pause()
  }

  mend() {
    this.#isCut = false
    this.#isElsewhere = false
    if (this.#isSilent) for (const [one, another] of this.#sockets) one.pipe(another)
    this.#isSilent = false
  }

  /** Leads to another server until `mend`, one that has no such pages. */
  mislead() {
    this.cut()
    this.#isCut = false
    this.#isElsewhere = true
  }

  close() {
    this.cut()
    this.proxy.close()
  }
}

/** A port that nothing listens on: below those that connections are given, one of which may come in between. */
async function freePort() {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000)
    const server = createServer()
    const isFree = await new Promise((resolve) => server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true)))
    if (isFree) await new Promise((resolve) => server.close(resolve))
    if (isFree) return port
  }
}
