import { post } from '../api'
import { page } from '../page'
import type { Edit, Room } from './room'

/** Edits that the server is to be told of together. */
interface Untold {
  edits: Edit[]
  telling: Promise<void>
}

/** By receipt. */
const untold = new Map<string, Untold>()
/** Ends once all are told that were to be before. */
let told: Promise<unknown> = Promise.resolve()

/**
 * Tells the server that an edit has put a model's words into the text, once it has stored that. Edits by the
 * same receipt are told of together: a version that is made of one contains the words of all.
 */
export function tellAccepted(room: Room, receipt: string, edit: Edit): Promise<void> {
  const waiting = untold.get(receipt)
  if (waiting) {
    waiting.edits.push(edit)
    return waiting.telling
  }
  const edits = [edit]
  const telling = told.then(async () => {
    await room.allStored()
    untold.delete(receipt)
    await post(`/api/posts/${page.post}/assistant/accepted`, { receipt, edits })
  })
  untold.set(receipt, { edits, telling })
  told = telling.catch(() => {})
  return telling
}
