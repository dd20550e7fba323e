// A Yjs client.

import WebSocket from 'ws'
import { Awareness } from 'y-protocols/awareness'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { obey } from './commands.mjs'

const closes = []
let doc, awareness, provider, typing
let typed = 0

const title = () => doc.getText('title')
const body = () => doc.getText('body')
const meta = () => doc.getMap('meta')

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
      meta: meta().toJSON(),
      others: [...others.values()],
      synced: provider.synced,
      closes
    }
  }
}

commands.open({})
obey(commands)
