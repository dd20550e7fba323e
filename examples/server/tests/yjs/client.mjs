// A Yjs client that does what it is told: a command a line on standard input, its answer a line on
// standard output, both JSON. It is gone with its standard input.

import { createInterface } from 'node:readline'
import WebSocket from 'ws'
import { Awareness } from 'y-protocols/awareness'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'

const doc = new Y.Doc()
const title = doc.getText('title')
const body = doc.getText('body')
const meta = doc.getMap('meta')
const awareness = new Awareness(doc)
const closes = []
let provider

const commands = {
  /** Joins a room; the document goes along from the one before. */
  connect({ url, room, token }) {
    provider?.destroy()
    provider = new WebsocketProvider(url, room, doc, {
      params: { token },
      awareness,
      WebSocketPolyfill: WebSocket,
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
  type({ text, at }) {
    const lines = body.toString().split('\n')
    const line = Math.floor(Math.random() * lines.length)
    const places = {
      start: 0,
      end: body.length,
      random: lines.slice(0, line).reduce((sum, line) => sum + line.length + 1, 0)
    }
    body.insert(places[at], text)
  },

  /** Removes what stands in the body. */
  remove({ text }) {
    body.delete(body.toString().indexOf(text), text.length)
  },

  /** Shows a state to the others. */
  show({ state }) {
    awareness.setLocalState(state)
  },

  look() {
    const others = new Map(awareness.getStates())
    others.delete(doc.clientID)
    return {
      title: title.toString(),
      body: body.toString(),
      meta: meta.toJSON(),
      others: [...others.values()],
      synced: provider.synced,
      closes
    }
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const { command, ...options } = JSON.parse(line)
  const answer = commands[command](options) ?? {}
  process.stdout.write(JSON.stringify(answer) + '\n')
}
process.exit()
