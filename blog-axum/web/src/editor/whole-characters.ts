import { EditorSelection, EditorState, type Text } from '@codemirror/state'
import { ySyncAnnotation } from 'y-codemirror.next'

/** Whether a position is between the two halves of a character beyond the first 65,536. */
function isWithin(text: Text, at: number): boolean {
  return /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.sliceString(Math.max(0, at - 1), at + 1))
}

/**
 * Edits are of whole characters: half of one that is typed becomes U+FFFD, as it would on its way to the
 * server, and one that is cut in the middle goes as a whole. Null characters, which no post can have,
 * become U+FFFD too.
 */
export const wholeCharacters = EditorState.transactionFilter.of((transaction) => {
  // The room's are whole.
  if (!transaction.docChanged || transaction.annotation(ySyncAnnotation)) return transaction
  const { doc } = transaction.startState
  const changes: { from: number; to: number; insert: string }[] = []
  let isWhole = true
  transaction.changes.iterChanges((from, to, _from, _to, inserted) => {
    const text = inserted.toString()
    const change = {
      from: isWithin(doc, from) ? from - 1 : from,
      to: isWithin(doc, to) ? to + 1 : to,
      insert: text.toWellFormed().replaceAll('\0', '\ufffd'),
    }
    isWhole &&= change.from === from && change.to === to && change.insert === text
    changes.push(change)
  })
  const last = changes.at(-1)
  if (isWhole || !last) return transaction
  const set = transaction.startState.changes(changes)
  return { changes: set, selection: EditorSelection.cursor(set.mapPos(last.to, 1)), userEvent: 'input' }
})
