import { defaultKeymap, indentWithTab } from '@codemirror/commands'
import { markdownKeymap, markdownLanguage } from '@codemirror/lang-markdown'
import { bracketMatching, indentUnit, LanguageSupport, syntaxHighlighting } from '@codemirror/language'
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search'
import { Compartment, EditorState } from '@codemirror/state'
import { dropCursor, EditorView, highlightSpecialChars, keymap, placeholder } from '@codemirror/view'
import { classHighlighter } from '@lezer/highlight'
import { yCollab, yUndoManagerKeymap } from 'y-codemirror.next'
import { UndoManager } from 'yjs'
import { warn } from '../notices'
import { page } from '../page'
import { cursors } from './cursors'
import { directions } from './directions'
import { formatKeymap } from './formatting'
import type { Room } from './room'

/** Bytes that may come at once: the server closes on a message of more than 1 MiB. */
const AT_ONCE = 1_000_000

const TOO_MUCH = 'That is more than the server takes at once. Paste it in parts.'
const NO_PICTURES = 'Pictures cannot be uploaded here. Put the picture at an address, and write ![what it shows](address).'

/** The body's editor. */
export interface Writing {
  view: EditorView
  allow: (mayEdit: boolean) => void
}

/** An editor of the room's body. */
export function writing(room: Room): Writing {
  const access = new Compartment()
  // A read-only text can still be reached, selected and searched by keyboard.
  const reachable = EditorView.contentAttributes.of({ tabindex: '0' })
  const allowed = (mayEdit: boolean) => (mayEdit ? [] : [EditorState.readOnly.of(true), EditorView.editable.of(false), reachable])
  const view = new EditorView({
    doc: room.body.toString(),
    extensions: [
      EditorView.cspNonce.of(page.nonce),
      // A carriage return in the document is a character like any: positions are those of the room.
      EditorState.lineSeparator.of('\n'),
      EditorView.contentAttributes.of({ 'aria-label': 'Text, in Markdown', dir: 'auto', spellcheck: 'true', autocorrect: 'on', autocapitalize: 'sentences' }),
      directions,
      EditorView.lineWrapping,
      indentUnit.of('    '),
      highlightSpecialChars(),
      // The browser's own caret and selection: one that is drawn blinks by an animation, and with it
      // every key waits for the screen's next frame.
      dropCursor(),
      bracketMatching(),
      search({ top: true }),
      highlightSelectionMatches(),
      placeholder('Write here. Markdown works.'),
      // Not `markdown()`: that brings parsers of HTML, CSS and JavaScript.
      new LanguageSupport(markdownLanguage),
      syntaxHighlighting(classHighlighter),
      // Tab indents; after Escape it leaves the editor, so that nobody is caught in it.
      keymap.of([...formatKeymap, ...yUndoManagerKeymap, ...markdownKeymap, ...searchKeymap, ...defaultKeymap, indentWithTab]),
      yCollab(room.body, null, { undoManager: new UndoManager(room.body) }),
      cursors(room.body, room.provider.awareness),
      EditorView.clipboardInputFilter.of((text) => text.toWellFormed().replaceAll('\0', '')),
      EditorView.domEventHandlers({
        paste: (event) => isRefused(event.clipboardData),
        drop: (event) => isRefused(event.dataTransfer),
      }),
      access.of(allowed(room.isEditable)),
    ],
  })
  return {
    view,
    allow: (mayEdit) => {
      if (view.state.readOnly === mayEdit) view.dispatch({ effects: access.reconfigure(allowed(mayEdit)) })
    },
  }
}

/** Whether what was pasted or dropped cannot be taken. Says why. */
function isRefused(brought: DataTransfer | null): boolean {
  const text = brought?.getData('text/plain') ?? ''
  const why = !text && brought?.files.length ? NO_PICTURES : new Blob([text]).size > AT_ONCE ? TOO_MUCH : undefined
  if (why) warn(why)
  return why !== undefined
}
