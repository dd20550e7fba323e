import * as Y from 'yjs'
import { ACCEPTED, answer, below, DOCUMENT, openKept, UNSENT, UPDATES, written, type DocumentKey, type Unsent } from '../kept'

/** What is written is kept so much later, outside of the task of any key. */
const DELAY = 200
/** Of so many updates one is made when the document is opened, */
const FEW = 20
/** and of so many while it is. */
const MANY = 500

/** How the edits of this tab are, and of those that earlier ones have left. */
export interface Stored {
  /** The server has all of them. */
  isStored: boolean
  /** The server lacks some that this tab has brought. */
  hasUnstored: boolean
}

/** That a tab has brought something that the server lacks. */
interface Mark {
  key: IDBValidKey
  /** Grows with whatever the tab brings. */
  state: number
}

/**
 * Keeps a document in this browser, and whether the server lacks something of it. Other tabs may have
 * the same document: each only adds, and what is put together is nothing but what it has read.
 */
export class Persistence {
  /** Whether what was kept is here, and everything since is kept or about to be; nothing until that is known. */
  isWorking: boolean | undefined
  private database: IDBDatabase | undefined
  private queue: Uint8Array[] = []
  private timer: ReturnType<typeof setTimeout> | undefined
  private count = 0
  private isClosed = false
  private isMarked = false
  /** Marks of tabs that were there when this one came, and their states then. */
  private earlier: Mark[] = []
  private states = 0

  /** `about` is what is kept along with what is not stored, and `onchange` hears when `isWorking` changes. */
  constructor(
    private readonly doc: Y.Doc,
    private readonly key: DocumentKey,
    private readonly stored: () => Stored,
    private readonly about: () => Pick<Unsent, 'title' | 'before'>,
    private readonly onchange: () => void,
  ) {
    doc.on('update', this.keep)
    addEventListener('pagehide', this.flush)
    document.addEventListener('visibilitychange', this.flush)
  }

  /** Whether an earlier tab has left something that the server lacks, as far as is known. */
  get hasEarlier(): boolean {
    return this.earlier.length > 0
  }

  /** Brings what was kept into the document. Answers with what earlier tabs have left that is not stored. */
  async load(): Promise<Unsent[]> {
    this.database = await openKept()
    const { updates, transaction } = this.transaction('readonly')
    const index = updates.index(DOCUMENT)
    const unsent = transaction.objectStore(UNSENT)
    const [keys, kept, marks, marked] = await Promise.all([
      answer(index.getAllKeys(this.key)),
      answer<{ update: Uint8Array }[]>(index.getAll(this.key)),
      answer(unsent.getAllKeys(below(this.key))),
      answer<Unsent[]>(unsent.getAll(below(this.key))),
    ])
    this.earlier = marks.map((key, index) => ({ key, state: marked[index]!.state }))
    const isRead = this.doc.transact(() => kept.map(({ update }) => this.read(update)), this)
    this.count = keys.length
    this.isWorking = true
    const read = keys.filter((_, index) => isRead[index])
    if (read.length > FEW) await this.replace(read, Y.encodeStateAsUpdate(this.doc)).catch(() => {})
    this.soon()
    return marked
  }

  /** The server has stored something, or there is something that it has not. */
  noted(): void {
    const { hasUnstored, isStored } = this.stored()
    if (hasUnstored !== this.isMarked || (isStored && this.earlier.length > 0)) this.soon()
  }

  /** Keeps now what would be kept in a moment. */
  readonly flush = (): Promise<void> | undefined => {
    clearTimeout(this.timer)
    this.timer = undefined
    if (!this.database || this.isClosed) return
    const { hasUnstored, isStored } = this.stored()
    const done = isStored ? this.earlier : []
    if (this.queue.length === 0 && hasUnstored === this.isMarked && done.length === 0) return
    const queue = this.queue
    this.queue = []
    try {
      const { transaction, updates } = this.transaction('readwrite')
      if (queue.length > 0) updates.add({ document: this.key, update: Y.mergeUpdates(queue) })
      const unsent = transaction.objectStore(UNSENT)
      const mark = [...this.key, String(this.doc.clientID)]
      const value: Unsent = { ...this.about(), post: this.key[1], state: this.states += 1 }
      if (hasUnstored) unsent.put(value, mark)
      else unsent.delete(mark)
      for (const { key, state } of done) {
        const found: IDBRequest<Unsent | undefined> = unsent.get(key)
        found.onsuccess = () => found.result?.state === state && unsent.delete(key)
      }
      if (done.length === 0) transaction.commit()
      return written(transaction).then(
        () => {
          this.isMarked = hasUnstored
          this.earlier = this.earlier.filter((mark) => !done.includes(mark))
          this.works(true)
          this.noted()
          this.count += 1
          // Where it fails, everything is left as it is.
          if (this.count >= MANY) return this.squeeze().catch(() => {})
        },
        () => this.failed(queue),
      )
    } catch {
      this.failed(queue)
    }
  }

  /** Keeps nothing any more. */
  close(): void {
    this.isClosed = true
    this.works(false)
    clearTimeout(this.timer)
    this.doc.off('update', this.keep)
    removeEventListener('pagehide', this.flush)
    document.removeEventListener('visibilitychange', this.flush)
    this.database?.close()
  }

  /** Deletes what is kept of the document. */
  async forget(): Promise<void> {
    const database = this.database
    if (database) {
      const { transaction, updates } = this.transaction('readwrite')
      const keys = await answer(updates.index(DOCUMENT).getAllKeys(this.key))
      for (const key of keys) updates.delete(key)
      for (const store of [UNSENT, ACCEPTED]) transaction.objectStore(store).delete(below(this.key))
      await written(transaction)
    }
    this.close()
  }

  /** What cannot be read is left, and the rest is here all the same. */
  private read(update: Uint8Array): boolean {
    try {
      Y.applyUpdate(this.doc, update, this)
      return true
    } catch (error) {
      console.warn('Something that this browser has kept cannot be read.', error)
      return false
    }
  }

  private readonly keep = (update: Uint8Array, origin: unknown) => {
    if (origin === this) return
    this.queue.push(update)
    this.soon()
  }

  private soon(): void {
    if (!this.isClosed) this.timer ??= setTimeout(this.flush, DELAY)
  }

  /** Makes one update of many, and so of what other tabs have kept. */
  private async squeeze(): Promise<void> {
    const index = this.transaction('readonly').updates.index(DOCUMENT)
    const [keys, kept] = await Promise.all([answer(index.getAllKeys(this.key)), answer<{ update: Uint8Array }[]>(index.getAll(this.key))])
    await this.replace(keys, Y.mergeUpdates(kept.map(({ update }) => update)))
  }

  private async replace(keys: IDBValidKey[], update: Uint8Array): Promise<void> {
    const { transaction, updates } = this.transaction('readwrite')
    updates.add({ document: this.key, update })
    for (const key of keys) updates.delete(key)
    await written(transaction)
    this.count = 1
  }

  private transaction(mode: IDBTransactionMode): { transaction: IDBTransaction; updates: IDBObjectStore } {
    const transaction = this.database!.transaction([UPDATES, UNSENT, ACCEPTED], mode)
    return { transaction, updates: transaction.objectStore(UPDATES) }
  }

  /** Such as a disk that is full. The next edit tries again. */
  private failed(queue: Uint8Array[]): void {
    this.queue.unshift(...queue)
    this.works(false)
  }

  private works(isWorking: boolean): void {
    if (isWorking === this.isWorking) return
    this.isWorking = isWorking
    this.onchange()
  }
}
