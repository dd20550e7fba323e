import { ApiError, post } from '../api'
import { page } from '../page'
import type { Edit, Room } from './room'
import { forget, keep, kept } from './untold'

/** A server that is away is told again after so long. */
const RETRY = 3000
/** Whoever signs out waits for the server to be told no longer than this. */
const PATIENCE = 5000

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
 * same receipt that have to wait for that are told of together, and become one version. What the server does
 * not answer is told again, and by the next visit if this one ends before; it fails where the server refuses it.
 */
export function tellAccepted(room: Room, receipt: string, edit: AcceptedEdit): Promise<void> {
  void keep([{ receipt, edit }])
  return tell(room, receipt, edit)
}

/** Tells what earlier visits could not, of what the text contains. */
export async function tellEarlier(room: Room): Promise<void> {
  const earlier = await kept()
  if (earlier.length === 0) return
  const isAllHere = await room.loaded
  await room.allStored()
  if (isAllHere) await forget(earlier.filter(({ edit }) => !room.has(edit)))
  for (const { receipt, edit } of earlier.filter(({ edit }) => room.has(edit))) tell(room, receipt, edit).catch(() => {})
}

/** Resolves once the server is told of everything, or where it does not answer for a while. */
export function toldInTime(): Promise<unknown> {
  return Promise.race([told, new Promise((resolve) => setTimeout(resolve, PATIENCE))])
}

function tell(room: Room, receipt: string, edit: AcceptedEdit): Promise<void> {
  const waiting = untold.get(receipt)
  if (waiting) {
    waiting.edits.push(edit)
    return waiting.telling
  }
  const edits = [edit]
  const telling = told.then(async () => {
    await room.allStored()
    untold.delete(receipt)
    try {
      await answered(room, () => post(`/api/posts/${page.post}/assistant/accepted`, { receipt, edits }))
    } finally {
      await forget(edits.map((edit) => ({ receipt, edit })))
    }
  })
  untold.set(receipt, { edits, telling })
  told = telling.catch(() => {})
  return telling
}

/** Asks again and again, until the server answers for good. */
async function answered(room: Room, ask: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof ApiError) || !mayPass(error.status)) throw error
      if (error.status === 401) await room.entered()
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY))
  }
}

/** Whether the same may be answered in another way later: by a server that is there again, or to who signs in. */
function mayPass(status: number): boolean {
  return status === 0 || status === 401 || status === 429 || status >= 500
}
