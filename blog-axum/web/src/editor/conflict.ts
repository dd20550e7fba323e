import { ask } from '../dialog'
import { element } from '../dom'
import { fieldName } from '../field-names'
import { words } from '../history/words'
import type { FieldConflict, Hunk } from '../model'

type Side = 'head' | 'theirs' | 'base'

const SIDES: [Side, string][] = [
  ['theirs', 'What you wrote'],
  ['head', 'What is stored now'],
  ['base', 'What it was before'],
]

/** What a writer chose for a hunk. */
export type Choice = { side: Side } | { text: string }

/**
 * Shows where two edits cross, and lets the writer choose for each place. Answers with the texts that
 * are to stand there, by field; `undefined` if they leave it as it is stored.
 */
export async function resolve(conflicts: FieldConflict[]): Promise<Map<string, Choice[]> | undefined> {
  const places = conflicts.map(({ field, hunks }) => ({ field, choices: hunks.map((_, index) => choice(field, index, hunks)) }))
  return ask({
    title: 'Somebody else changed the same',
    class: 'wide',
    content: [
      element('p', {}, 'Your change is not stored yet. Choose what is to stand in each place; nothing else is touched.'),
      ...places.flatMap(({ choices }) => choices.map((choice) => choice.element)),
    ],
    confirm: 'Save my choice',
    read: () => new Map(places.map(({ field, choices }) => [field, choices.map((choice) => choice.read())])),
  })
}

function choice(field: string, index: number, hunks: Hunk[]): { element: HTMLElement; read: () => Choice } {
  const hunk = hunks[index]!
  const group = `choice-${field}-${index}`
  const called = hunks.length > 1 ? `${fieldName(field)}, place ${index + 1} of ${hunks.length}` : fieldName(field)
  const own = element('textarea', { rows: 3, dir: 'auto', 'aria-label': `${called}: write it anew` })
  own.value = hunk.theirs
  const radio = (value: string, isChosen: boolean) => element('input', { type: 'radio', name: group, value, checked: isChosen })
  const sides = SIDES.map(([side, label]) => {
    // Differences help in sentences, not in a word or two.
    const isPlain = side === 'base' || !/\s/.test(hunk.base.trim())
    const text = isPlain ? [hunk[side]] : words(hunk.base, hunk[side]).flatMap((block) => block.inline)
    const shown = element('span', { class: 'said', dir: 'auto' }, ...(hunk[side] ? text : [element('em', {}, 'nothing')]))
    return element('label', { class: 'side' }, radio(side, side === 'theirs'), element('b', {}, label), shown)
  })
  const write = radio('own', false)
  own.addEventListener('input', () => (write.checked = true))
  const last = element('label', { class: 'side' }, write, element('b', {}, 'Something else'), own)
  const set = element('fieldset', { class: 'hunk' }, element('legend', {}, called), ...sides, last)
  return {
    element: set,
    read: () => {
      const chosen = set.querySelector<HTMLInputElement>(`input[name="${CSS.escape(group)}"]:checked`)!.value
      return chosen === 'own' ? { text: own.value } : { side: chosen as Side }
    },
  }
}
