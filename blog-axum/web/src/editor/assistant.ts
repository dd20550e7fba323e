import { toBase64 } from 'lib0/buffer'
import { encodeRelativePosition, type RelativePosition } from 'yjs'
import { ApiError, call, get, post } from '../api'
import type { Assignment, Run } from '../model'
import { page } from '../page'
import type { Shown } from './cursors'
import type { Room } from './room'

/** The id of assistants in rooms. */
const ID = 'assistant'
/** A run that is not in the room is asked after so often until it has ended. */
const POLL = 1000

const path = `/api/posts/${page.post}/assistant`

/**
 * The language model that writes in the room, as one of those there. Everybody sees that it does; how it
 * ended whoever may have it write asks the server.
 */
export class Assistant extends EventTarget {
  /** The last run, as far as the server was asked. */
  run: Run | undefined
  /** Its name, and that of whoever it writes for; nothing while it does not write. */
  writing: { name: string; by: string } | undefined
  /** The run that is in the room. */
  private present: string | undefined
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(private readonly room: Room) {
    super()
    room.provider.awareness.on('change', () => this.heard())
    room.provider.on('sync', (isSynced: boolean) => {
      if (isSynced) void this.look()
    })
  }

  /** Has it write where the writer's cursor was last, or at the end of the text. */
  async write(assignment: Assignment): Promise<void> {
    // The server knows no place in what it has not stored.
    if (!(await this.room.stored())) throw new Error('What you wrote is not stored yet.')
    const cursor = (this.room.provider.awareness.getLocalState() as Shown | null)?.cursor
    const at = cursor ? toBase64(encodeRelativePosition(cursor.head as RelativePosition)) : undefined
    await post<Run>(path, { ...assignment, at })
    await this.look()
  }

  /** Ends it. What it has written stays. */
  async stop(): Promise<void> {
    await call('DELETE', path)
    await this.look()
  }

  /** Takes back all that it has written. */
  async undo(): Promise<void> {
    await post(`${path}/undo`)
    await this.look()
  }

  private heard(): void {
    const states = [...(this.room.provider.awareness.getStates() as Map<number, Shown>).values()]
    const { user, assistant } = states.find((state) => state.user?.id === ID && state.assistant) ?? {}
    if (assistant?.run === this.present) return
    this.present = assistant?.run
    // Once it has ended, how it did is said along with it.
    if (!user || !assistant) return void this.look()
    this.writing = { name: user.name, by: assistant.by }
    this.changed()
  }

  private async look(): Promise<void> {
    if (page.ai) await this.read()
    if (!this.present) this.writing = undefined
    this.changed()
  }

  private async read(): Promise<void> {
    try {
      this.run = await get<Run>(path)
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) this.run = undefined
    }
    clearTimeout(this.timer)
    if (this.run?.state === 'writing' && !this.present) this.timer = setTimeout(() => void this.look(), POLL)
  }

  private changed(): void {
    this.dispatchEvent(new Event('change'))
  }
}
