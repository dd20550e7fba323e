import { type EditorView, WidgetType } from '@codemirror/view'
import { element } from '../dom'

/** Somebody whose cursor is shown, and which of the colours they have. */
export interface Standing {
  id: string
  name: string
  colour: number
}

/** The cursor of those who stand in one place, and their names beside each other. */
export class Caret extends WidgetType {
  constructor(private readonly people: Standing[]) {
    super()
  }

  override eq(other: Caret): boolean {
    return JSON.stringify(other.people) === JSON.stringify(this.people)
  }

  override toDOM(): HTMLElement {
    // Not a `span`: the line would take its direction from a name at its beginning.
    const names = this.people.map(({ name, colour }) => element('bdi', { class: `caret-name person-${colour}` }, name))
    const said = element('span', { class: 'caret-names' }, ...names)
    // Screen readers hear who is here from the list of people.
    return element('span', { class: `caret person-${this.people[0]!.colour}`, 'aria-hidden': 'true' }, '\u2060', said, '\u2060')
  }

  override ignoreEvent(): boolean {
    return true
  }
}

/** Names that would reach beyond the editor's edge, and how far they have to move. */
function excess({ contentDOM, scrollDOM }: EditorView): [HTMLElement, number][] {
  const edge = scrollDOM.getBoundingClientRect()
  return [...contentDOM.querySelectorAll<HTMLElement>('.caret-names')].map((names) => {
    const { left, right } = names.getBoundingClientRect()
    const moved = parseFloat(names.style.translate) || 0
    return [names, Math.max(edge.left - left + moved, 0) || Math.min(edge.right - right + moved, 0)]
  })
}

/** Keeps the names at cursors where they can be read. */
export const keepNamesInside = {
  key: Caret,
  read: excess,
  write: (names: [HTMLElement, number][]) => names.forEach(([name, by]) => (name.style.translate = `${by}px`)),
}
