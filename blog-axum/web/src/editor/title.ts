import { element } from '../dom'
import type { Room } from './room'
import { bindText } from './text-field'

/** The title, which everybody in the room sees and writes. Enter goes on to the text (`onenter`). */
export function title(room: Room, onenter: () => void): { element: HTMLElement; allow: (mayEdit: boolean) => void } {
  const wrong = element('p', { class: 'wrong', id: 'title-wrong', role: 'alert' })
  const field = element('textarea', {
    class: 'title',
    rows: 1,
    dir: 'auto',
    'aria-label': 'Title',
    'aria-describedby': wrong.id,
    placeholder: 'Title',
    maxlength: 300,
    required: true,
  })
  bindText(field, room.title)
  field.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.isComposing) return
    event.preventDefault()
    onenter()
  })
  /** The room takes any title; the post keeps its own where that is none. */
  const judge = () => {
    const isMissing = room.title.toString().trim() === ''
    field.ariaInvalid = isMissing ? 'true' : null
    wrong.textContent = isMissing ? 'A post needs a title. Until it has one, the former stays.' : ''
  }
  room.title.observe(judge)
  judge()
  return { element: element('div', {}, field, wrong), allow: (mayEdit) => (field.readOnly = !mayEdit) }
}
