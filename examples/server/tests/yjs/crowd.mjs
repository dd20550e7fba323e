// Many Yjs clients in one process, over some rooms.

import WebSocket from 'ws'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { obey } from './commands.mjs'

const clients = []

obey({
  /** All come at once, each into the next room; their documents go along from before. */
  connect({ url, rooms, token, count }) {
    while (clients.length < count) clients.push({ doc: new Y.Doc(), room: rooms[clients.length % rooms.length] })
    for (const client of clients) {
      client.provider?.destroy()
      client.provider = new WebsocketProvider(url, client.room, client.doc, {
        params: { token },
        WebSocketPolyfill: WebSocket,
        disableBc: true
      })
    }
  },

  /** Each types a line, with its number. */
  type() {
    for (const [number, { doc }] of clients.entries()) doc.getText('body').insert(0, `${number}\n`)
  },

  /** How many have what their server has, and what the rooms say; null where clients differ. */
  look() {
    const bodies = {}
    for (const { doc, room } of clients) {
      const body = doc.getText('body').toString()
      bodies[room] = bodies[room] === undefined || bodies[room] === body ? body : null
    }
    return { synced: clients.filter(({ provider }) => provider.synced).length, bodies }
  }
})
