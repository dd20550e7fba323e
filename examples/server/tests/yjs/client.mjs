// A Yjs client; with the argument `next` one of the candidates for Yjs 14 and y-websocket 4.

import WebSocket from 'ws'
import { obey } from './commands.mjs'

const isNext = process.argv[2] === 'next'
const Y = await import(isNext ? '@y/y' : 'yjs')
const { Awareness } = await import(isNext ? '@y/protocols/awareness' : 'y-protocols/awareness')
const { WebsocketProvider } = await import(isNext ? '@y/websocket' : 'y-websocket')

const closes = []
let doc, awareness, provider, typing
let typed = 0

// What is a text and what a map, Yjs 14 does not tell apart.
const title = () => isNext ? doc.get('title') : doc.getText('title')
const body = () => isNext ? doc.get('body') : doc.getText('body')
const meta = () => isNext ? doc.get('meta').getAttrs() : doc.getMap('meta').toJSON()

/** What was typed by the frames on their way. The server sends a frame back once it is stored. */
const unacknowledged = new Map()
const acknowledged = []
let text

class Socket extends WebSocket {
  constructor(...options) {
    super(...options)
    this.on('message', frame => {
      const key = Buffer.from(frame).toString('base64')
      if (unacknowledged.has(key)) acknowledged.push(unacknowledged.get(key))
      unacknowledged.delete(key)
    })
  }

  send(frame) {
    if (text) unacknowledged.set(Buffer.from(frame).toString('base64'), text)
    super.send(frame)
  }
}

const commands = {
  /** Opens a new tab, with the document of the one before, as browsers keep it, or without. */
  open({ keeps }) {
    const state = keeps && Y.encodeStateAsUpdate(doc)
    provider?.destroy()
    doc = new Y.Doc()
    awareness = new Awareness(doc)
    if (state) Y.applyUpdate(doc, state)
  },

  /** Joins a room; the document goes along from the one before. */
  connect({ url, room, token }) {
    provider?.destroy()
    provider = new WebsocketProvider(url, room, doc, {
      params: { token },
      awareness,
      WebSocketPolyfill: Socket,
      disableBc: true
    })
    provider.on('connection-close', event => event && closes.push(event.code))
  },

  disconnect() {
    provider.disconnect()
  },

  reconnect() {
    provider.connect()
  },

  /** Types lines into the body, at its start, its end, or between two lines. */
  type(line) {
    const lines = body().toString().split('\n')
    const number = Math.floor(Math.random() * lines.length)
    const places = {
      start: 0,
      end: body().length,
      random: lines.slice(0, number).reduce((sum, line) => sum + line.length + 1, 0)
    }
    text = line.text
    body().insert(places[line.at], text)
    text = undefined
  },

  /** Types a line of this name and a number again and again, with a pause of milliseconds. */
  keep_typing({ name, pause }) {
    typing = setInterval(() => commands.type({ text: `${name}${typed++}\n`, at: 'random' }), pause)
  },

  stop_typing() {
    clearInterval(typing)
    return { typed }
  },

  /** Types so many characters and removes them again and again, with a pause of milliseconds. */
  flood({ characters, pause }) {
    const text = 'x'.repeat(characters)
    typing = setInterval(() => {
      body().insert(0, text)
      body().delete(0, characters)
      typed += characters
    }, pause)
  },

  /** The texts that were typed and that the server has stored, as it said. */
  acknowledged() {
    return { acknowledged }
  },

  /** Removes what stands in the body. */
  remove({ text }) {
    body().delete(body().toString().indexOf(text), text.length)
  },

  /** Shows a state to the others. */
  show({ state }) {
    awareness.setLocalState(state)
  },

  look() {
    const others = new Map(awareness.getStates())
    others.delete(doc.clientID)
    return {
      title: title().toString(),
      body: body().toString(),
      meta: meta(),
      others: [...others.values()],
      synced: provider.synced,
      closes
    }
  }
}

commands.open({})
obey(commands)
