// A client of Hocuspocus: several documents over one connection.

import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import WebSocket from 'ws'
import { obey } from './commands.mjs'

const documents = new Map()
let websocketProvider

const body = name => documents.get(name).provider.document.getText('body')

const commands = {
  connect({ url }) {
    websocketProvider = new HocuspocusProviderWebsocket({ url, WebSocketPolyfill: WebSocket })
  },

  open({ name, token }) {
    const document = { refusals: [], closes: [] }
    document.provider = new HocuspocusProvider({
      websocketProvider,
      name,
      token,
      onAuthenticationFailed: ({ reason }) => document.refusals.push(reason),
      onClose: ({ event }) => document.closes.push(event.reason)
    })
    document.provider.attach()
    documents.set(name, document)
  },

  leave({ name }) {
    documents.get(name).provider.destroy()
  },

  type({ name, text }) {
    body(name).insert(0, text)
  },

  show({ name, state }) {
    documents.get(name).provider.setAwarenessField('user', state)
  },

  look({ name }) {
    const { provider, refusals, closes } = documents.get(name)
    const others = new Map(provider.awareness.getStates())
    others.delete(provider.document.clientID)
    return {
      body: body(name).toString(),
      synced: provider.isSynced,
      unsynced: provider.unsyncedChanges,
      scope: provider.authorizedScope ?? '',
      others: [...others.values()],
      refusals,
      closes
    }
  }
}

obey(commands)
