// Accepted suggestions that the server is not told of yet, as this browser keeps them beside the document. Where
// it keeps nothing, the page alone knows of them.

import { ACCEPTED, answer, below, openKept, written } from '../kept'
import { page } from '../page'
import type { AcceptedEdit } from './accepted'

/** An edit that has put a model's words into the text, and what says that they are a model's. */
export interface Accepted {
  receipt: string
  edit: AcceptedEdit
}

/** Keeps some of them. */
export function keep(accepted: Accepted[]): Promise<void> {
  return change((store) => accepted.forEach((one) => store.put(one, key(one))))
}

/** The server knows of them, or never will. */
export function forget(accepted: Accepted[]): Promise<void> {
  return change((store) => accepted.forEach((one) => store.delete(key(one))))
}

/** Those of the post that this and other tabs have left. */
export async function kept(): Promise<Accepted[]> {
  try {
    const database = await openKept()
    const found = await answer<Accepted[]>(database.transaction(ACCEPTED).objectStore(ACCEPTED).getAll(below([page.actor.id, page.post])))
    database.close()
    return found
  } catch {
    return []
  }
}

function key({ receipt, edit }: Accepted): IDBValidKey {
  return [page.actor.id, page.post, receipt, edit.client, edit.from]
}

async function change(make: (store: IDBObjectStore) => void): Promise<void> {
  try {
    const database = await openKept()
    const transaction = database.transaction(ACCEPTED, 'readwrite')
    make(transaction.objectStore(ACCEPTED))
    await written(transaction)
    database.close()
  } catch (error) {
    console.warn('What is accepted is not kept in this browser.', error)
  }
}
