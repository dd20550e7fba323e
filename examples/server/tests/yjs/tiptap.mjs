// TipTap with its stock extensions, whose posts come from a client of Hocuspocus.

import { HocuspocusProvider } from '@hocuspocus/provider'
import { JSDOM } from 'jsdom'
import WebSocket from 'ws'
import * as Y from 'yjs'
import { obey } from './commands.mjs'

const { window } = new JSDOM('<!doctype html><body></body>', { pretendToBeVisual: true })
const browser = ['document', 'navigator', 'Node', 'Element', 'HTMLElement', 'MutationObserver', 'requestAnimationFrame', 'cancelAnimationFrame']
const define = (name, value) => Object.defineProperty(globalThis, name, { value, configurable: true })
define('window', window)
for (const name of browser) define(name, window[name])

const { Editor } = await import('@tiptap/core')
const { Collaboration } = await import('@tiptap/extension-collaboration')
const { Image } = await import('@tiptap/extension-image')
const { TableKit } = await import('@tiptap/extension-table')
const { StarterKit } = await import('@tiptap/starter-kit')

let provider, editor

/** Where a text stands in the document. */
const place = text => {
  let found
  editor.state.doc.descendants((node, at) => {
    const index = node.isTextblock ? node.textContent.indexOf(text) : -1
    if (found === undefined && index >= 0) found = at + 1 + index
  })
  if (found === undefined) throw new Error(`${text} is not there`)
  return { from: found, to: found + text.length }
}

const commands = {
  open({ url, name, token }) {
    const document = new Y.Doc()
    provider = new HocuspocusProvider({ url, name, token, document, WebSocketPolyfill: WebSocket })
    provider.on('synced', () => {
      editor ??= new Editor({
        element: window.document.body,
        extensions: [
          StarterKit.configure({ undoRedo: false }),
          TableKit,
          Image,
          Collaboration.configure({ document })
        ]
      })
    })
  },

  /** Types behind a text. */
  type({ behind, text }) {
    editor.view.dispatch(editor.state.tr.insertText(text, place(behind).to))
  },

  /** Presses Enter behind a text, and types into the new paragraph. */
  type_below({ behind, text }) {
    editor.chain().setTextSelection(place(behind).to).splitBlock().insertContent(text).run()
  },

  mark({ text, mark, attributes }) {
    editor.chain().setTextSelection(place(text)).setMark(mark, attributes).run()
  },

  /** Makes something else of the block in which a text stands. */
  turn({ text, into, options }) {
    editor.chain().setTextSelection(place(text))[into](options).run()
  },

  /** Puts nodes at the end. */
  add({ content }) {
    editor.commands.insertContentAt(editor.state.doc.content.size, content)
  },

  look() {
    return {
      html: editor?.getHTML() ?? '',
      synced: editor !== undefined && provider.isSynced,
      unsynced: provider.unsyncedChanges
    }
  }
}

obey(commands)
