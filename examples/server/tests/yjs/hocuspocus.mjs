// A client of Hocuspocus: several documents over one connection.

import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import WebSocket from 'ws'
import { obey } from './commands.mjs'

const documents = new Map()
let websocketProvider

const body = name => documents.get(name).provider.document.getText('body')

const commands = {
  connect({ url, headers }) {
    // As a browser, which sends cookies and says which page asks.
    class Browser extends WebSocket {
      constructor(url) {
        super(url, { headers })
      }
    }
    websocketProvider = new HocuspocusProviderWebsocket({ url, WebSocketPolyfill: Browser })
  },

  open({ name, token }) {
    const document = { token, refusals: [], closes: [] }
    document.provider = new HocuspocusProvider({
      websocketProvider,
      name,
      token: () => document.token,
      sessionAwareness: true,
      onAuthenticationFailed: ({ reason }) => document.refusals.push(reason),
      onClose: ({ event }) => document.closes.push(event.reason)
    })
    document.provider.attach()
    documents.set(name, document)
  },

  sync({ name }) {
    documents.get(name).provider.forceSync()
  },

  async renew({ name, token }) {
    const document = documents.get(name)
    document.token = token
    await document.provider.sendToken()
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
