import type { EditorView } from '@codemirror/view'
import { reason } from '../api'
import { button, element } from '../dom'
import { count, used } from '../format'
import type { Run } from '../model'
import { announce, tell, warn } from '../notices'
import { page } from '../page'
import type { Assistant } from './assistant'
import { reportList } from './reports'
import type { Room } from './room'

/**
 * Says that an assistant writes, and lets whoever may edit end that. Whoever asked for it is told how it
 * ended, and can take it back.
 */
export function assistantLine(room: Room, assistant: Assistant, view: () => EditorView | undefined): HTMLElement {
  const line = element('section', { class: 'assistant', 'aria-label': 'Assistant' })
  const stop = button('Stop', () => assistant.stop().catch((error) => warn(`Not stopped: ${reason(error)}`)))
  const takeBack = button('Take it back', async () => {
    try {
      await assistant.undo()
      tell('Taken back.')
    } catch (error) {
      warn(`Not taken back: ${reason(error)}`)
    }
  })
  /** The run that is not to be shown any more. */
  let closed: string | undefined
  const close = button('×', () => ((closed = assistant.run?.id), show()), { 'aria-label': 'Close', class: 'plain' })
  let shown = ''

  /** How the writer's own run ended, as long as that can be of use. */
  const ended = () => {
    const { run } = assistant
    const isOwn = run?.by.id === page.actor.id && run.id !== closed
    return isOwn && ['done', 'cancelled', 'failed'].includes(run.state) ? run : undefined
  }
  const parts = (): (Node | null)[] => {
    const { writing } = assistant
    if (writing) {
      const text = element('span', { class: 'what' }, element('bdi', {}, writing.name), ' writes, asked by ', element('bdi', {}, writing.by))
      return [text, room.isEditable ? stop : null]
    }
    const run = ended()
    if (!run) return []
    const facts = element('span', { class: 'soft' }, element('bdi', {}, used(run)))
    const isThere = run.words > 0 && room.isEditable
    return [element('span', { class: 'what' }, outcome(run)), facts, reportList(run.reports), isThere ? takeBack : null, close]
  }
  const show = () => {
    const { writing } = assistant
    const run = ended()
    const now = JSON.stringify([writing, run?.id, run?.state, room.isEditable])
    if (now === shown) return
    shown = now
    const hadFocus = line.contains(document.activeElement)
    const made = parts().filter((part) => part !== null)
    line.replaceChildren(...made)
    line.hidden = made.length === 0
    if (run && !writing) announce(`${outcome(run)} ${used(run)}`)
    // Who has pressed a button here goes on from what has come in its place.
    if (hadFocus) (line.querySelector('button') ?? view())?.focus()
  }
  assistant.addEventListener('change', show)
  room.addEventListener('change', show)
  line.hidden = true
  show()
  return line
}

/** How a run ended, in words. */
function outcome({ state, words, problem }: Run): string {
  const written = `${count(words, 'word')} written.`
  if (state === 'done') return `Done: ${written}`
  if (state === 'cancelled') return `Stopped: ${written}`
  return `Failed, ${written.replace('.', ':')} ${problem?.detail ?? 'the server does not say why'}.`
}
