import * as decoding from 'lib0/decoding'
import { messageAuth, messageSync, WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { ApiError, get } from '../api'
import type { Presence } from '../model'
import { page } from '../page'
import { colour } from './colours'
import { Ledger, meaning, question } from './ledger'
import { Persistence } from './persistence'
import { UnstoredFields } from './unstored-fields'

/** What is known of the writer's edits. */
export type Saving =
  | { kind: 'opening' }
  /** Whether this browser keeps it as well. */
  | { kind: 'stored'; isKept: boolean }
  /** On the way to the server. */
  | { kind: 'sent'; isKept: boolean }
  /** No connection; whether there is something to send, and whether this browser keeps it. */
  | { kind: 'offline'; hasUnsent: boolean; isKept: boolean }
  /** The server does not take it. */
  | { kind: 'refused'; why: Refusal; isKept: boolean }
  /** There is nothing to save: the actor only looks on. */
  | { kind: 'reading' }

/** Why a server takes no edits. */
export type Refusal = 'signed_out' | 'forbidden' | 'gone' | 'too_large' | 'broken'

const WHY: Record<number, Refusal> = {
  1007: 'broken',
  1009: 'too_large',
  4401: 'signed_out',
  4403: 'forbidden',
  4404: 'gone',
}

/** How long to wait for what this browser has kept. */
const PATIENCE = 2000
/** A connection that fails is asked after no more often than this. */
const INQUIRY = 5000

/** An own edit: the client id that it was made under, and that client's clock before and after it. */
export interface Edit {
  client: number
  from: number
  to: number
}

/**
 * A post's live document: what it says, who is there, and how much of the own edits is stored. The
 * document is kept in this browser as well, so that a day without a server loses nothing.
 */
export class Room extends EventTarget {
  readonly doc = new Y.Doc()
  readonly title = this.doc.getText('title')
  readonly body = this.doc.getText('body')
  readonly meta = this.doc.getMap<unknown>('meta')
  /** What of the own edits of the body can be undone and done again. */
  readonly undo = new Y.UndoManager(this.body)
  readonly provider: WebsocketProvider
  private readonly ledger = new Ledger(
    () => this.ask(),
    () => this.changed(),
  )
  private readonly persistence = new Persistence(
    this.doc,
    [page.actor.id, page.post],
    () => this.ledger,
    () => ({ title: this.title.toString(), before: this.fields.all }),
    () => this.changed(),
  )
  private readonly fields = new UnstoredFields(
    this.meta,
    (origin) => origin === this.provider,
    (origin) => origin === this.persistence,
  )
  /** Ends once all that this browser has kept is in the document; false if that cannot be had. */
  readonly loaded: Promise<boolean>
  private isOpened = false
  private isClosed = false
  private refusal: Refusal | undefined
  private lastInquiry = 0

  /** `mayEdit`: whether the server takes edits, as far as is known. */
  constructor(private mayEdit: boolean) {
    super()
    const rooms = new URL(`${page.base}/ws/collaborate`, location.href)
    rooms.protocol = rooms.protocol.replace('http', 'ws')
    this.provider = new WebsocketProvider(rooms.href, page.post, this.doc, {
      connect: false,
      // What is written here is of nobody else who signs in in this browser.
      params: { actor: page.actor.id },
      // Other tabs are other connections: what is stored for one is not stored for another.
      disableBc: true,
      shouldReconnect: (event) => WHY[event.code] === undefined,
    })
    this.provider.awareness.setLocalStateField('user', { ...page.actor, color: colour(page.actor.id) })
    this.listen()
    this.loaded = this.load()
    void this.open()
  }

  /** Resolves once there is something to show: the server's document, or what this browser has kept. */
  async opened(): Promise<void> {
    while (!this.isOpened) await this.nextChange()
  }

  /** Resolves once the server has let this page in again, as after another sign-in. */
  async entered(): Promise<void> {
    do await this.nextChange()
    while (!this.provider.synced)
  }

  private nextChange(): Promise<Event> {
    return new Promise((resolve) => this.addEventListener('change', resolve, { once: true }))
  }

  get saving(): Saving {
    const { ledger, provider } = this
    const isKept = this.persistence.isWorking ?? false
    if (this.refusal) return { kind: 'refused', why: this.refusal, isKept }
    if (!this.isOpened) return { kind: 'opening' }
    if (!provider.synced) return { kind: 'offline', hasUnsent: this.hasUnsent, isKept }
    if (!this.mayEdit) return { kind: 'reading' }
    // As long as it is not known it is no reason to worry anybody.
    return { kind: ledger.isStored ? 'stored' : 'sent', isKept: this.persistence.isWorking ?? true }
  }

  /** Whether this visit has brought anything that the server has not stored. */
  get hasUnstored(): boolean {
    return this.ledger.hasUnstored
  }

  /** Whether the server lacks anything, of this visit or, as far as is known, of an earlier one. */
  get hasUnsent(): boolean {
    return this.hasUnstored || this.persistence.hasEarlier
  }

  /** Whether the page can go away, and this visit's edits would be found again. */
  get isSafe(): boolean {
    return !this.hasUnstored || this.persistence.isWorking === true || this.isClosed
  }

  /** Whether edits can be made: those made without a connection are sent later. */
  get isEditable(): boolean {
    const isHopeless = this.refusal === 'forbidden' || this.refusal === 'gone' || this.refusal === 'broken'
    return this.mayEdit && this.isOpened && !this.isClosed && !isHopeless
  }

  /** Comes in anew; `mayEdit`, where the actor may do something else than before. */
  rejoin(mayEdit = this.mayEdit): void {
    if (this.isClosed) return
    if (this.refusal === 'too_large') this.letGo()
    this.mayEdit = mayEdit
    // Who only looks on from now still has what was refused.
    if (mayEdit || !this.hasUnsent) this.refusal = undefined
    this.provider.disconnect()
    this.provider.connect()
    this.changed()
  }

  /** Throws away what this browser has kept of the document. */
  async forget(): Promise<void> {
    this.leave()
    await this.persistence.forget()
  }

  /** Has the server or this browser keep what was written; false if neither does. */
  async settle(): Promise<boolean> {
    await this.stored()
    await this.persistence.flush()
    return this.isSafe
  }

  /** Leaves; what was not kept by now is not. */
  close(): void {
    this.persistence.close()
    this.leave()
  }

  /** Resolves once the server has stored everything; false if it has not within a while. */
  async stored(patience = 5000): Promise<boolean> {
    const end = Date.now() + patience
    while (this.hasUnstored && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 50))
    return !this.hasUnstored
  }

  /** Forgets what was taken away again: as long as that can be brought back, it would be sent. */
  private letGo(): void {
    this.undo.clear()
    Y.tryGc(Y.createDeleteSetFromStructStore(this.doc.store), this.doc.store, this.doc.gcFilter)
  }

  /** Resolves once the server has stored everything, also of earlier visits, however long that takes. */
  async allStored(): Promise<void> {
    while (!this.ledger.isStored) await this.nextChange()
  }

  /** Has an edit made, and answers which one it is. */
  edit(make: () => void): Edit {
    const client = this.doc.clientID
    const from = Y.getState(this.doc.store, client)
    make()
    return { client, from, to: Y.getState(this.doc.store, client) }
  }

  /** Whether the document contains an edit. */
  has({ client, to }: Edit): boolean {
    return Y.getState(this.doc.store, client) >= to
  }

  private ask(): void {
    const { ws } = this.provider
    // When it has closed, the ledger forgets what was asked over it.
    if (ws?.readyState === WebSocket.OPEN) ws.send(question())
  }

  private leave(): void {
    this.isClosed = true
    this.provider.destroy()
    this.changed()
  }

  private async open(): Promise<void> {
    const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE))
    await Promise.race([this.loaded, patience])
    this.provider.connect()
    this.changed()
  }

  private async load(): Promise<boolean> {
    try {
      for (const { before } of await this.persistence.load()) this.fields.began(before ?? {})
    } catch {
      // Then the server's document is all that there is.
      this.persistence.close()
      return false
    }
    this.changed()
    return true
  }

  private listen(): void {
    const { provider, doc, ledger } = this
    const sync = provider.messageHandlers[messageSync]!
    provider.messageHandlers[messageSync] = (encoder, decoder, ...rest) => {
      const means = meaning(decoder)
      sync(encoder, decoder, ...rest)
      if (means === 'stored') ledger.echoed()
      // The answer is sent once this has returned.
      if (means === 'asks' && this.mayEdit) queueMicrotask(() => ledger.answered())
    }
    provider.messageHandlers[messageAuth] = (_encoder, decoder) => {
      decoding.readVarUint(decoder)
      this.refuse(decoding.readVarString(decoder).includes('too large') ? 'too_large' : 'forbidden')
    }
    doc.on('update', (_update: Uint8Array, origin: unknown) => {
      // What was kept and comes late has not been asked for by the server.
      const isLate = origin === this.persistence && provider.wsconnected
      if (origin !== provider && (origin !== this.persistence || isLate)) ledger.edited()
    })
    provider.on('sync', (isSynced: boolean) => {
      if (isSynced) this.isOpened = true
      this.changed()
    })
    provider.on('status', () => this.changed())
    provider.on('connection-close', (event) => {
      ledger.closed()
      const why = event && WHY[event.code]
      if (why) this.refuse(why)
      else void this.inquire()
    })
    addEventListener('online', () => this.again())
    addEventListener('focus', () => this.again())
  }

  /** Tries again, after something may have changed. */
  private again(): void {
    if (this.isClosed) return
    if (this.refusal === 'signed_out') this.rejoin()
    else if (!this.refusal && this.isOpened && !this.provider.wsconnected) this.provider.connect()
  }

  /** A browser is not told why a connection is not let in. */
  private async inquire(): Promise<void> {
    if (Date.now() - this.lastInquiry < INQUIRY) return
    this.lastInquiry = Date.now()
    try {
      await get<Presence>(`/api/posts/${page.post}/presence`)
    } catch (error) {
      const status = error instanceof ApiError ? error.status : 0
      if (status === 401) this.refuse('signed_out')
      if (status === 404) this.refuse('gone')
    }
  }

  private refuse(why: Refusal): void {
    this.refusal = why
    if (why !== 'forbidden') this.provider.disconnect()
    this.changed()
    this.dispatchEvent(new Event('refused'))
  }

  private changed(): void {
    // Without a server, what was kept is all that there is.
    if (this.persistence.isWorking && this.doc.store.clients.size > 0) this.isOpened = true
    if (this.provider.synced && this.ledger.isStored) this.fields.stored()
    this.persistence.noted()
    this.dispatchEvent(new Event('change'))
  }
}
