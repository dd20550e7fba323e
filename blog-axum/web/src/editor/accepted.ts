import { post } from '../api'
import { page } from '../page'
import type { Edit, Room } from './room'

/** An own edit that has put some of the suggested paragraphs into the text. */
export interface AcceptedEdit extends Edit {
  paragraphs: number[]
}

/** Edits that the server is to be told of together. */
interface Untold {
  edits: AcceptedEdit[]
  telling: Promise<void>
}

/** By receipt. */
const untold = new Map<string, Untold>()
/** Ends once all are told that were to be before. */
let told: Promise<unknown> = Promise.resolve()

/**
 * Tells the server that an edit has put a model's words into the text, once it has stored that. Edits by the
 * same receipt that have to wait for that are told of together, and become one version.
 */
export function tellAccepted(room: Room, receipt: string, edit: AcceptedEdit): Promise<void> {
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
