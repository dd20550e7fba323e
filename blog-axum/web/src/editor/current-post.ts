import { ApiError, get } from '../api'
import type { Person, Post, Presence } from '../model'
import { page } from '../page'
import type { Shown } from './cursors'
import type { Room } from './room'

/** Clients in the room that have come, shown something else, or left. */
type Change = Record<'added' | 'updated' | 'removed', number[]>

const LOCK_POLL = 10_000
/** A server that is away is asked again after so long. */
const RETRY = 3000
/** The server is asked no sooner again for what others tell of, and the later the more often that was nothing. */
const PAUSE = 1000

/**
 * What the server last said of the post: its status, address, and who has locked it. What it says is
 * in the room. Those in the room tell each other when they have changed something.
 */
export class CurrentPost extends EventTarget {
  /** Who alone may edit it. */
  lockedBy: Person | undefined
  /** The revision that each of those in the room has told of last. */
  private readonly told = new Map<number, number>()
  private hasNews = false
  private isAsking = false
  private pause = PAUSE

  private constructor(
    public post: Post,
    private readonly room: Room,
  ) {
    super()
    room.provider.awareness.on('change', (change: Change) => this.heard(change))
    room.addEventListener('refused', () => void this.look())
    // Nobody tells a room of a lock that is taken off.
    setInterval(() => void this.look(), LOCK_POLL)
  }

  /** Reads the post that the page is about, as soon as there is a server to read it from. */
  static async read(room: Room): Promise<CurrentPost> {
    for (;;) {
      try {
        const current = new CurrentPost(await newest(), room)
        await current.look()
        return current
      } catch (error) {
        if (!mayPass(error)) throw error
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY))
    }
  }

  /** Whether the server takes edits of the text from the actor. */
  get mayEdit(): boolean {
    const isLocked = this.lockedBy !== undefined && this.lockedBy.id !== page.actor.id
    const isOpen = this.post.status !== 'scheduled' || page.may.has('publish')
    return page.may.has('edit') && isOpen && !isLocked
  }

  /** The server has answered with the post. `isOwn`: after something that the actor did. */
  set(post: Post, isOwn = false): void {
    this.post = post
    if (isOwn) this.room.provider.awareness.setLocalStateField('revision', post.revision)
    this.changed()
  }

  /** Looks who has locked the post. */
  async look(): Promise<void> {
    const presence = await get<Presence>(`/api/posts/${page.post}/presence`).catch(() => undefined)
    if (!presence || presence.locked_by === this.lockedBy?.id) return
    const { items, locked_by: id } = presence
    // Of who is not here the id is all that is known.
    this.lockedBy = id === undefined ? undefined : (items.find((person) => person.id === id) ?? { id, name: id })
    this.changed()
  }

  private heard({ added, updated, removed }: Change): void {
    for (const client of removed) this.told.delete(client)
    const isNews = [...added, ...updated].map((client) => this.isNews(client)).includes(true)
    if (isNews) void this.ask()
  }

  /** Asks the server for what others have told of: one question at a time, whatever they make up. */
  private async ask(): Promise<void> {
    this.hasNews = true
    if (this.isAsking) return
    this.isAsking = true
    while (this.hasNews) {
      this.hasNews = false
      const [post] = await Promise.all([newest().catch(() => undefined), this.look()])
      const isNew = post !== undefined && post.revision > this.post.revision
      if (isNew) this.set(post)
      this.pause = isNew ? PAUSE : Math.min(2 * this.pause, LOCK_POLL)
      await new Promise((resolve) => setTimeout(resolve, this.pause))
    }
    this.isAsking = false
  }

  /** Whether somebody has told of a revision that is not here. They tell of it with every cursor that moves. */
  private isNews(client: number): boolean {
    const { revision } = (this.room.provider.awareness.getStates().get(client) ?? {}) as Shown
    if (revision === undefined || !Number.isSafeInteger(revision) || this.told.get(client) === revision) return false
    this.told.set(client, revision)
    return revision > this.post.revision
  }

  private changed(): void {
    this.dispatchEvent(new Event('change'))
  }
}

function newest(): Promise<Post> {
  return get<Post>(`/api/posts/${page.post}`, { view: 'head' })
}

/** Whether a failure is one of a server that is away, or of somebody who signs in again. */
function mayPass(error: unknown): boolean {
  const status = error instanceof ApiError ? error.status : 0
  return status === 0 || status === 401 || status === 429 || status >= 500
}
