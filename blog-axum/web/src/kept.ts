// What this browser keeps of live documents: for each person and post, the updates that make it up, and
// which of a person's tabs have brought something that the server has not stored, and which of a model's words
// somebody has accepted that the server has not been told of.

import { page } from './page'

/** A post's document, as one person has it. */
export type DocumentKey = [actor: string, post: string]

/** Text that the server has not stored. */
export interface Unsent {
  post: string
  title: string
  /** Grows whenever there is more of it. */
  state: number
  /** What fields said before they were edited. Older builds have not kept it. */
  before?: Record<string, unknown>
}

export const UPDATES = 'updates'
export const UNSENT = 'unsent'
export const ACCEPTED = 'accepted'
/** The index of the updates by their document. */
export const DOCUMENT = 'document'

/** Browsers may still have the stores of version 1, without `ACCEPTED`. */
const VERSION = 2

/** Opens the database; fails where the browser keeps nothing, as without cookies. */
export function openKept(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(`blog:${page.base}`, VERSION)
    request.onupgradeneeded = ({ oldVersion }) => {
      if (oldVersion < 1) {
        request.result.createObjectStore(UPDATES, { autoIncrement: true }).createIndex(DOCUMENT, DOCUMENT)
        request.result.createObjectStore(UNSENT)
      }
      request.result.createObjectStore(ACCEPTED)
    }
    request.onerror = () => reject(request.error)
    request.onsuccess = () => {
      const database = request.result
      database.onversionchange = () => database.close()
      resolve(database)
    }
  })
}

/** What a request answers. Its transaction lasts until then, and ends unless the next request follows. */
export function answer<Value>(request: IDBRequest<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

/** Resolves once a transaction is written. */
export function written(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    transaction.onabort = () => reject(transaction.error)
  })
}

/** Everything whose key begins so: an array is more than any text. */
export function below(start: string[]): IDBKeyRange {
  return IDBKeyRange.bound(start, [...start, []])
}

/** The person's posts that have text in this browser which the server has not stored. */
export async function unsentPosts(): Promise<Unsent[]> {
  const database = await openKept()
  const unsent = await answer<Unsent[]>(database.transaction(UNSENT).objectStore(UNSENT).getAll(below([page.actor.id])))
  database.close()
  return [...new Map(unsent.map((one) => [one.post, one])).values()]
}

/**
 * Deletes what is kept of the person's documents, but for these posts'. What of a model's words the server was not
 * told of stays: the next visit tells it, which the server takes within a day, or forgets it where the text is gone.
 * No word of the text is in it.
 */
export async function forgetDocuments(except: string[] = []): Promise<void> {
  const database = await openKept()
  const transaction = database.transaction([UPDATES, UNSENT], 'readwrite')
  const updates = transaction.objectStore(UPDATES)
  const unsent = transaction.objectStore(UNSENT)
  const byDocument = updates.index(DOCUMENT).openKeyCursor(below([page.actor.id]))
  byDocument.onsuccess = () => {
    const cursor = byDocument.result
    if (!cursor) return
    if (!except.includes((cursor.key as DocumentKey)[1])) updates.delete(cursor.primaryKey)
    cursor.continue()
  }
  const byTab = unsent.openCursor(below([page.actor.id]))
  byTab.onsuccess = () => {
    const cursor = byTab.result
    if (!cursor) return
    if (!except.includes((cursor.value as Unsent).post)) cursor.delete()
    cursor.continue()
  }
  await written(transaction)
  database.close()
}
