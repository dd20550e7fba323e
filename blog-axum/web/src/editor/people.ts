import { EditorView } from '@codemirror/view'
import { button, element } from '../dom'
import { announce } from '../notices'
import { page } from '../page'
import { place } from './colours'
import { cursorIn, type Shown } from './cursors'
import type { Room } from './room'

interface Here {
  id: string
  name: string
  state: Shown
}

/** Who is here, each once. Choosing somebody goes to where they write. */
export function people(room: Room, view: () => EditorView | undefined): HTMLElement {
  const { awareness } = room.provider
  const list = element('ul', { class: 'people', 'aria-label': 'Who is here' })
  let known = new Map<string, string>()

  const here = (): Here[] => {
    const found = new Map<string, Here>()
    for (const [client, state] of awareness.getStates() as Map<number, Shown>) {
      if (!state.user || client === awareness.clientID) continue
      const before = found.get(state.user.id)
      const name = state.assistant ? `${state.user.name} (asked by ${state.assistant.by})` : state.user.name
      if (!before || state.cursor) found.set(state.user.id, { ...state.user, name, state })
    }
    // Another tab of one's own is nobody else.
    found.delete(page.actor.id)
    return [...found.values()].sort((one, other) => one.name.localeCompare(other.name))
  }
  const go = (id: string) => {
    const person = here().find((person) => person.id === id)
    const at = cursorIn(room.body, person?.state.cursor)
    const editor = view()
    if (!at || !editor) return announce('They are nowhere in the text.')
    editor.dispatch({ effects: EditorView.scrollIntoView(at.head, { y: 'center' }) })
  }
  const show = () => {
    const others = here()
    const now = new Map(others.map(({ id, name }) => [id, name]))
    // Most of what is heard is a cursor that has moved.
    if (JSON.stringify([...now]) === JSON.stringify([...known]) && list.childElementCount > 0) return
    const items = [{ ...page.actor, name: `${page.actor.name} (you)`, state: {} }, ...others].map((person) => {
      const initials = [...person.name].slice(0, 1).join('').toUpperCase()
      const isYou = person.id === page.actor.id
      const sign = element('span', { class: `avatar person-${place(person.id)}`, 'aria-hidden': 'true' }, initials)
      const name = element('span', { class: 'name' }, element('bdi', {}, person.name))
      if (isYou) return element('li', { title: person.name }, sign, name)
      const face = element('span', { class: 'face' }, sign, name)
      return element('li', {}, button(face, () => go(person.id), { title: `Go to ${person.name}`, class: 'plain' }))
    })
    const came = [...now].filter(([id]) => !known.has(id)).map(([, name]) => `${name} is here`)
    const left = [...known].filter(([id]) => !now.has(id)).map(([, name]) => `${name} has left`)
    list.replaceChildren(...items)
    if (came.length + left.length > 0) announce([...came, ...left].join(', '))
    known = now
  }
  awareness.on('change', show)
  show()
  return list
}
