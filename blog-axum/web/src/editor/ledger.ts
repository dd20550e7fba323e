import * as encoding from 'lib0/encoding'
import * as decoding from 'lib0/decoding'

const SYNC = 0
const SYNC_STEP_1 = 0
const UPDATE = 2
const NOTHING = Uint8Array.of(0, 0)

/** An update that changes nothing: the server echoes it once all before it is stored. */
export function question(): Uint8Array<ArrayBuffer> {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, SYNC)
  encoding.writeVarUint(encoder, UPDATE)
  encoding.writeVarUint8Array(encoder, NOTHING)
  return Uint8Array.from(encoding.toUint8Array(encoder))
}

/** What a sync message of the server means to the ledger. */
export function meaning(decoder: decoding.Decoder): 'asks' | 'stored' | 'other' {
  const copy = decoding.clone(decoder)
  const kind = decoding.readVarUint(copy)
  if (kind === SYNC_STEP_1) return 'asks'
  if (kind !== UPDATE) return 'other'
  const update = decoding.readVarUint8Array(copy)
  return update.length === NOTHING.length && update.every((byte) => byte === 0) ? 'stored' : 'other'
}

/**
 * Knows which of the own edits the server has stored. It asks after edits have been sent, one
 * question at a time, and the answer is true of all that was sent before the question.
 */
export class Ledger {
  /** Own edits so far. What an earlier visit left in this browser counts as one. */
  private edits = 1
  private stored = 0
  /** For each question that is not answered: the edits before it; none, if the answer says nothing. */
  private asked: (number | undefined)[] = []
  private isOpen = false

  /** `ask` sends a question; `onchange` hears of news. */
  constructor(
    private readonly ask: () => void,
    private readonly onchange: () => void,
  ) {}

  /** Whether the server has stored everything. */
  get isStored(): boolean {
    return this.stored === this.edits
  }

  /** Whether this visit has brought anything that is not stored. */
  get hasUnstored(): boolean {
    return this.edits > Math.max(this.stored, 1)
  }

  /** An edit has been made, and sent if there is a connection. */
  edited(): void {
    this.edits += 1
    if (this.isOpen && this.asked.length === 0) this.put()
    this.onchange()
  }

  /** The server has asked for what it lacks, and was answered: what was sent before may be lost. */
  answered(): void {
    this.isOpen = true
    this.asked.fill(undefined)
    this.put()
  }

  /** A question has come back. */
  echoed(): void {
    const before = this.asked.shift()
    if (before !== undefined) this.stored = before
    if (!this.isStored && this.asked.length === 0) this.put()
    this.onchange()
  }

  /** The connection is gone, and what was asked over it. */
  closed(): void {
    this.isOpen = false
    this.asked = []
    this.onchange()
  }

  private put(): void {
    this.asked.push(this.edits)
    this.ask()
  }
}
