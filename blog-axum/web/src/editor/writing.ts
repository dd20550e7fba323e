import { defaultKeymap, indentWithTab } from '@codemirror/commands'
import { markdownKeymap, markdownLanguage } from '@codemirror/lang-markdown'
import { bracketMatching, indentUnit, LanguageSupport, syntaxHighlighting } from '@codemirror/language'
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search'
import { type ChangeSpec, Compartment, EditorState } from '@codemirror/state'
import { dropCursor, EditorView, highlightSpecialChars, keymap, placeholder } from '@codemirror/view'
import { classHighlighter } from '@lezer/highlight'
import { yCollab, yUndoManagerKeymap } from 'y-codemirror.next'
import { page } from '../page'
import { isRefused } from './brought'
import { cursors } from './cursors'
import { directions } from './directions'
import { formatKeymap } from './formatting'
import type { Room } from './room'
import { wholeCharacters } from './whole-characters'

/** The body's editor. */
export interface Writing {
  view: EditorView
  allow: (mayEdit: boolean) => void
  /** Changes the text, in one step of undo. */
  change: (changes: ChangeSpec) => void
}

/** An editor of the room's body, below a bar that stays in sight. */
export function writing(room: Room, bar: HTMLElement): Writing {
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
      // The cursor does not go where the bar is.
      EditorView.scrollMargins.of(() => ({ top: bar.offsetHeight })),
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
      yCollab(room.body, null, { undoManager: room.undo }),
      cursors(room.body, room.provider.awareness),
      wholeCharacters,
      EditorView.clipboardInputFilter.of((text) => text.toWellFormed().replaceAll('\0', '').replaceAll(/\r\n?/g, '\n')),
      EditorView.domEventHandlers({
        // What is selected makes room.
        paste: (event, { state }) => isRefused(event, state.update(state.replaceSelection('')).newDoc.toString()),
        drop: (event, { state }) => isRefused(event, state.doc.toString()),
      }),
      access.of(allowed(room.isEditable)),
    ],
  })
  return {
    view,
    allow: (mayEdit) => {
      if (view.state.readOnly === mayEdit) view.dispatch({ effects: access.reconfigure(allowed(mayEdit)) })
    },
    change: (changes) => {
      room.undo.stopCapturing()
      view.dispatch({ changes, userEvent: 'input' })
      room.undo.stopCapturing()
    },
  }
}
