import * as Y from 'yjs'
import { pieces } from '../history/words'
import type { Revision } from '../model'

/** A change of a text, as the editor takes it. */
interface Change {
  from: number
  to: number
  insert: string
}

/** The document as it was when a model was asked about it, while people go on writing in it. */
export class Asked {
  readonly text: string
  private readonly body: Y.Text

  constructor(private readonly live: Y.Text) {
    const copy = new Y.Doc()
    Y.applyUpdate(copy, Y.encodeStateAsUpdate(live.doc!))
    this.body = copy.getText('body')
    this.text = this.body.toString()
  }

  /** The paragraphs that the model would change, where they stand in the live document. */
  suggestions(revisions: Revision[]): Suggestion[] {
    return revisions.map((revision) => {
      const { start, before } = revision
      // Both documents know the same characters by the same ids.
      const place = Y.createRelativePositionFromTypeIndex(this.body, start)
      return new Suggestion(revision, place, lines(this.text, start, start + before.length), this.live)
    })
  }
}

/** A paragraph that could say something else, wherever it has moved to since. */
export class Suggestion {
  /** `lines`: those on which it stood. */
  constructor(
    readonly revision: Revision,
    private readonly place: Y.RelativePosition,
    private readonly lines: string,
    private readonly body: Y.Text,
  ) {}

  /** What makes the text say it; nothing if somebody has changed the paragraph meanwhile. */
  changes(): Change[] | undefined {
    const { before, after } = this.revision
    const at = Y.createAbsolutePositionFromRelativePosition(this.place, this.body.doc!)?.index
    const text = this.body.toString()
    if (at === undefined || !text.startsWith(before, at) || lines(text, at, at + before.length) !== this.lines) return undefined
    if (!after) {
      const [from, to] = lineBounds(text, at, at + before.length)
      return [{ from, to: Math.min(to + 1, text.length), insert: '' }]
    }
    const changes: Change[] = []
    let from = at
    for (const { kind, text } of pieces(before, after)) {
      const to = kind === 'new' ? from : from + text.length
      if (kind !== 'same') changes.push({ from, to, insert: kind === 'new' ? text : '' })
      from = to
    }
    return changes
  }
}

function lines(text: string, from: number, to: number): string {
  return text.slice(...lineBounds(text, from, to))
}

/** The beginning of the first line of a part of a text, and the end of its last. */
function lineBounds(text: string, from: number, to: number): [number, number] {
  const end = text.indexOf('\n', to)
  return [from === 0 ? 0 : text.lastIndexOf('\n', from - 1) + 1, end < 0 ? text.length : end]
}
