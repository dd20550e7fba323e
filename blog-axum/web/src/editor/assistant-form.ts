import { ApiError, reason } from '../api'
import { button, element, labelled } from '../dom'
import { count } from '../format'
import type { Assignment } from '../model'
import type { AiChoices } from '../page'
import type { Assistant } from './assistant'

/** What an assistant can be asked to write; `onbegin` hears that it has begun. */
export function assistantForm(assistant: Assistant, { styles, tones, lengths }: AiChoices, onbegin: () => void): HTMLElement {
  const instruction = element('textarea', { rows: 3, dir: 'auto', maxlength: 10_000 })
  const [style, tone] = [styles, tones].map((names) => element('select', {}, ...names.map((name) => element('option', {}, name)))) as [HTMLSelectElement, HTMLSelectElement]
  const length = element('select', {}, ...lengths.map(({ name, words }) => element('option', { value: name }, `${name}, ${count(words, 'word')}`)))
  const wrong = element('p', { class: 'wrong', role: 'alert' })

  const begin = async (task: Assignment['task']) => {
    wrong.textContent = ''
    const said = instruction.value.toWellFormed().trim()
    if (task === 'write' && !said) {
      wrong.textContent = 'Say what to write about.'
      return instruction.focus()
    }
    try {
      await assistant.write({ task, instruction: said || undefined, style: style.value, tone: tone.value, length: length.value })
      onbegin()
    } catch (error) {
      const isTaken = error instanceof ApiError && error.status === 409
      wrong.textContent = isTaken ? 'An assistant is writing already.' : reason(error)
    }
  }
  const go = button('Go on from here', () => begin('continue'))
  const write = button('Write about it', () => begin('write'), { class: 'primary' })
  return element(
    'section',
    { 'aria-labelledby': 'assist' },
    element('h2', { id: 'assist' }, 'Have an assistant write'),
    labelled('What about', instruction, 'To go on from the text it can be left empty. It writes where your cursor was last, while everybody looks on.'),
    element('div', { class: 'choices' }, labelled('Style', style), labelled('Tone', tone), labelled('Length', length)),
    wrong,
    element('div', { class: 'buttons' }, go, write),
  )
}
