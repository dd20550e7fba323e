import { EditorSelection, type EditorState, type StateCommand } from '@codemirror/state'
import type { EditorView, KeyBinding } from '@codemirror/view'
import { button, element } from '../dom'

/** How many characters of a mark stand at both ends of a part of a text: 3 of `***this***`. */
function around({ doc }: EditorState, mark: string, from: number, to: number): number {
  let count = 0
  while (count < from && doc.sliceString(from - count - 1, from - count) === mark[0] && doc.sliceString(to + count, to + count + 1) === mark[0]) count += 1
  return count
}

/** Puts marks around each selection, or takes them away. */
function surround(mark: string): StateCommand {
  return ({ state, dispatch }) => {
    if (state.readOnly) return false
    const size = mark.length
    const change = state.changeByRange(({ from, to }) => {
      const count = around(state, mark, from, to)
      // `**this**` is bold, and not italic twice.
      const isMarked = size === 1 ? count % 2 === 1 : count >= size
      if (isMarked) {
        const changes = [{ from: from - size, to: from }, { from: to, to: to + size }]
        return { changes, range: EditorSelection.range(from - size, to - size) }
      }
      const changes = [{ from, insert: mark }, { from: to, insert: mark }]
      return { changes, range: EditorSelection.range(from + size, to + size) }
    })
    dispatch(state.update(change, { userEvent: 'input', scrollIntoView: true }))
    return true
  }
}

/** Puts a mark before each selected line, or takes it away if all of them have it. */
function prefix(mark: string): StateCommand {
  return ({ state, dispatch }) => {
    if (state.readOnly) return false
    const numbers = new Set<number>()
    for (const { from, to } of state.selection.ranges) {
      for (let line = state.doc.lineAt(from); ; line = state.doc.line(line.number + 1)) {
        numbers.add(line.number)
        if (line.to >= to) break
      }
    }
    const lines = [...numbers].map((number) => state.doc.line(number))
    const isMarked = lines.every((line) => line.text.startsWith(mark))
    const changes = lines.map(({ from }) => (isMarked ? { from, to: from + mark.length } : { from, insert: mark }))
    dispatch(state.update({ changes, userEvent: 'input', scrollIntoView: true }))
    return true
  }
}

/** Makes the selection a link, and selects where its address goes. */
const link: StateCommand = ({ state, dispatch }) => {
  if (state.readOnly) return false
  const { from, to } = state.selection.main
  const text = state.sliceDoc(from, to)
  const start = from + text.length + '[]('.length
  const changes = { from, to, insert: `[${text}](address)` }
  dispatch(state.update({ changes, selection: { anchor: start, head: start + 'address'.length }, userEvent: 'input' }))
  return true
}

const FORMATS: { name: string; sign: string; class: string; run: StateCommand; key?: string }[] = [
  { name: 'Bold', sign: 'B', class: 'bold', run: surround('**'), key: 'Mod-b' },
  { name: 'Italic', sign: 'I', class: 'italic', run: surround('*'), key: 'Mod-i' },
  { name: 'Link', sign: 'Link', class: 'link', run: link, key: 'Mod-k' },
  { name: 'Heading', sign: 'H', class: 'heading', run: prefix('## ') },
  { name: 'List', sign: '•', class: 'list', run: prefix('- ') },
  { name: 'Quote', sign: '”', class: 'quote', run: prefix('> ') },
  { name: 'Code', sign: '</>', class: 'code', run: surround('`') },
]

/** Keys that format what is selected. */
export const formatKeymap: KeyBinding[] = FORMATS.flatMap(({ key, run }) => (key ? [{ key, run, preventDefault: true }] : []))

/** Buttons that format what is selected: one stop of the Tab key, and arrows between them. */
export function toolbar(view: EditorView): HTMLElement {
  const buttons = FORMATS.map(({ name, sign, run, key, class: kind }, index) => {
    const title = key ? `${name} (${key.replace('Mod', 'Ctrl')})` : name
    const press = () => (run(view), view.focus())
    return button(sign, press, { 'aria-label': name, title, class: `format ${kind}`, tabindex: index === 0 ? 0 : -1 })
  })
  const step = (event: KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    const from = buttons.indexOf(document.activeElement as HTMLButtonElement)
    if (!by || from < 0) return
    buttons[from]!.tabIndex = -1
    const next = buttons.at((from + by) % buttons.length)!
    next.tabIndex = 0
    next.focus()
  }
  return element('div', { class: 'toolbar', role: 'toolbar', 'aria-label': 'Format', onkeydown: step }, ...buttons)
}
