import { Annotation, Range, RangeSet } from '@codemirror/state'
import { Decoration, EditorView, ViewPlugin, type ViewUpdate, type DecorationSet } from '@codemirror/view'
import type { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { Caret, keepNamesInside, type Standing } from './caret'
import { place } from './colours'

const moved = Annotation.define<true>()

interface Cursor {
  anchor: unknown
  head: unknown
}

/** What people show of themselves. The server vouches for `user.id` and `user.name`. */
export interface Shown {
  user?: { id: string; name: string }
  cursor?: Cursor | null
  /** The post's revision after the last thing that they did to it. */
  revision?: number
  /** Of a language model that writes: its run, and the name of whoever asked for it. */
  assistant?: { run: string; by: string }
}

/** Where somebody's cursor is in a text; nothing if it is elsewhere. */
export function cursorIn(text: Y.Text, cursor: Cursor | null | undefined): { anchor: number; head: number } | undefined {
  if (!cursor?.anchor || !cursor.head) return undefined
  const position = (said: unknown) => {
    const relative = Y.createRelativePositionFromJSON(said)
    const absolute = Y.createAbsolutePositionFromRelativePosition(relative, text.doc!)
    return absolute?.type === text ? absolute.index : undefined
  }
  const [anchor, head] = [position(cursor.anchor), position(cursor.head)]
  return anchor === undefined || head === undefined ? undefined : { anchor, head }
}

class Cursors {
  decorations: DecorationSet = RangeSet.empty
  /** The frame in which what was heard is shown. */
  private frame = 0

  constructor(
    private readonly view: EditorView,
    private readonly text: Y.Text,
    private readonly awareness: Awareness,
  ) {
    awareness.on('change', this.heard)
    this.decorations = this.others()
  }

  private readonly heard = ({ added, updated, removed }: Record<'added' | 'updated' | 'removed', number[]>) => {
    const own = this.awareness.clientID
    if (this.frame || ![...added, ...updated, ...removed].some((client) => client !== own)) return
    this.frame = requestAnimationFrame(() => this.view.dispatch({ annotations: moved.of(true) }))
  }

  update(update: ViewUpdate): void {
    if (update.selectionSet || update.docChanged || update.focusChanged) this.show(update)
    if (update.geometryChanged || update.viewportChanged) this.view.requestMeasure(keepNamesInside)
    const isMoved = update.transactions.some((transaction) => transaction.annotation(moved))
    if (!update.docChanged && !isMoved) return
    // This shows what was heard, and no frame is needed for it.
    cancelAnimationFrame(this.frame)
    this.frame = 0
    this.decorations = this.others()
    this.view.requestMeasure(keepNamesInside)
  }

  destroy(): void {
    this.awareness.off('change', this.heard)
    cancelAnimationFrame(this.frame)
  }

  /** Shows others the own selection. It stays where it was while the window is not looked at. */
  private show({ view, state }: ViewUpdate): void {
    if (!view.hasFocus) return
    const { anchor, head } = state.selection.main
    const at = (index: number) => Y.createRelativePositionFromTypeIndex(this.text, index)
    const cursor = { anchor: at(anchor), head: at(head) }
    const shown = (this.awareness.getLocalState() as Shown | null)?.cursor
    if (JSON.stringify(shown) !== JSON.stringify(cursor)) this.awareness.setLocalStateField('cursor', cursor)
  }

  private others(): DecorationSet {
    const ranges: Range<Decoration>[] = []
    const carets = new Map<number, { people: Standing[]; isSelectionsEnd: boolean }>()
    const end = this.view.state.doc.length
    for (const [client, state] of this.awareness.getStates() as Map<number, Shown>) {
      const cursor = client === this.awareness.clientID ? undefined : cursorIn(this.text, state.cursor)
      if (!cursor) continue
      const anchor = Math.min(cursor.anchor, end)
      const head = Math.min(cursor.head, end)
      const { id, name } = state.user ?? { id: '', name: 'Somebody' }
      const colour = place(id)
      if (anchor !== head) {
        const selection = Decoration.mark({ class: `selection person-${colour}` })
        ranges.push(selection.range(Math.min(anchor, head), Math.max(anchor, head)))
      }
      const caret = carets.get(head) ?? { people: [], isSelectionsEnd: false }
      carets.set(head, caret)
      // Two tabs of one person are one name.
      if (!caret.people.some((one) => one.id === id)) caret.people.push({ id, name, colour })
      caret.isSelectionsEnd ||= head > anchor
    }
    for (const [head, { people, isSelectionsEnd }] of carets) {
      // Inside of their own selection, and beside one's own cursor.
      ranges.push(Decoration.widget({ widget: new Caret(people), side: isSelectionsEnd ? -1 : 1 }).range(head))
    }
    return Decoration.set(ranges, true)
  }
}

/** Other people's cursors and selections in a text, with their names; and one's own, shown to them. */
export function cursors(text: Y.Text, awareness: Awareness) {
  return ViewPlugin.define((view) => new Cursors(view, text, awareness), {
    decorations: (plugin) => plugin.decorations,
  })
}
