import type { ChangeSpec } from '@codemirror/state'
import { call, reason } from '../api'
import { button, element, labelled } from '../dom'
import { count, used } from '../format'
import { words } from '../history/words'
import type { Revised } from '../model'
import { announce } from '../notices'
import { page } from '../page'
import { tellAccepted } from './accepted'
import { reportList } from './reports'
import type { Room } from './room'
import { Asked, type Suggestion } from './suggestion'

/** Suggestions are held against the text so long after it has changed. */
const PAUSE = 300

/** A suggestion that waits for an answer, and what it looks like. */
interface Open {
  suggestion: Suggestion
  item: HTMLElement
}

/**
 * Paragraphs that a model would word in another way, each to be accepted or rejected. `change` changes the
 * text as one step of undo.
 */
export function suggestions(room: Room, change: (changes: ChangeSpec) => void): HTMLElement {
  const instruction = element('input', { dir: 'auto', maxlength: 2000, autocomplete: 'off' })
  const rewrite = button('Suggest a rewrite', () => ask('/ai/rewrite', { instruction: instruction.value.toWellFormed().trim() || undefined }))
  const shorten = button('Shorten', () => ask('/ai/shorten', {}))
  const state = element('p', { class: 'soft', role: 'status' })
  const cancel = button('Cancel', () => asking?.abort())
  const wrong = element('p', { class: 'wrong', role: 'alert' })
  const facts = element('div', {})
  const list = element('ol', { class: 'suggestions', role: 'list', 'aria-label': 'Suggestions' })
  const all = element('div', { class: 'buttons' }, button('Accept all', () => accept(open)), button('Reject all', () => settle(open, 'Rejected')))
  let asking: AbortController | undefined
  let open: Open[] = []
  /** Of those that are open. */
  let receipt: string | undefined

  const ask = async (path: string, options: object) => {
    asking?.abort()
    const own = (asking = new AbortController())
    const asked = new Asked(room.body)
    wrong.textContent = ''
    facts.replaceChildren()
    set([])
    state.textContent = 'Asking the model…'
    cancel.hidden = false
    try {
      const answer = await call<Revised>('POST', path, { body: { post: page.post, text: asked.text, ...options }, signal: own.signal })
      state.textContent = answer.paragraphs.length > 0 ? count(answer.paragraphs.length, 'suggestion') : 'It would change nothing.'
      facts.replaceChildren(element('p', { class: 'soft' }, element('bdi', {}, used(answer))), reportList(answer.reports) ?? '')
      receipt = answer.receipt
      set(asked.suggestions(answer.paragraphs).map((suggestion, index) => shown(suggestion, index + 1)))
    } catch (error) {
      if (asking !== own) return
      state.textContent = own.signal.aborted ? 'Cancelled.' : ''
      if (!own.signal.aborted) wrong.textContent = reason(error)
    }
    if (asking === own) cancel.hidden = true
  }
  const shown = (suggestion: Suggestion, number: number): Open => {
    const { before, after } = suggestion.revision
    const text = element('div', { class: 'text', dir: 'auto' }, ...words(before, after).flatMap(({ inline }) => inline))
    const outdated = element('p', { class: 'wrong' })
    const yes = button('Accept', () => accept([one]), { 'aria-label': `Accept suggestion ${number}`, 'data-accept': true })
    const no = button('Reject', () => settle([one], 'Rejected'), { 'aria-label': `Reject suggestion ${number}` })
    const one: Open = { suggestion, item: element('li', {}, text, outdated, element('div', { class: 'buttons' }, yes, no)) }
    return one
  }
  const accept = (wanted: Open[]) => {
    const possible = wanted.filter(({ suggestion }) => suggestion.changes())
    if (possible.length === 0) return look()
    const edit = room.edit(() => change(possible.flatMap(({ suggestion }) => suggestion.changes()!)))
    settle(possible, 'Accepted')
    look()
    const paragraphs = possible.map(({ suggestion }) => suggestion.revision.index)
    if (receipt) tellAccepted(room, receipt, { ...edit, paragraphs }).catch((error) => (wrong.textContent = `It stays, but the history does not say whose words they are. ${reason(error)}`))
  }
  const settle = (settled: Open[], done: string) => {
    const [first] = settled
    if (!first) return
    const index = open.indexOf(first)
    set(open.filter((one) => !settled.includes(one)))
    state.textContent = `${done}. ${open.length > 0 ? `${count(open.length, 'suggestion')} left.` : 'None is left.'}`
    const next = open[Math.min(index, open.length - 1)]
    ;(next?.item.querySelector<HTMLElement>('button:not([hidden])') ?? rewrite).focus()
  }
  const set = (now: Open[]) => {
    open = now
    list.replaceChildren(...open.map(({ item }) => item))
    list.hidden = open.length === 0
    all.hidden = open.length < 2
    look()
  }
  /** Says which of them are about a paragraph that says something else by now. */
  const look = () => {
    for (const { suggestion, item } of open) {
      const isOutdated = !suggestion.changes()
      if (isOutdated === item.classList.contains('outdated')) continue
      item.classList.toggle('outdated', isOutdated)
      item.querySelector<HTMLElement>('[data-accept]')!.hidden = isOutdated
      item.querySelector('.wrong')!.textContent = isOutdated ? 'Somebody has changed this paragraph meanwhile. Ask again for a suggestion.' : ''
      if (isOutdated) announce('The paragraph of a suggestion has changed meanwhile.')
    }
  }
  let timer: ReturnType<typeof setTimeout> | undefined
  room.body.observe(() => {
    clearTimeout(timer)
    if (open.length > 0) timer = setTimeout(look, PAUSE)
  })
  cancel.hidden = true
  set([])
  return element(
    'section',
    { 'aria-labelledby': 'suggest' },
    element('h2', { id: 'suggest' }, 'Suggest other words'),
    labelled('What should change', instruction, 'For a rewrite; it can be left empty. You accept or reject each paragraph.'),
    element('div', { class: 'buttons' }, rewrite, shorten),
    element('div', { class: 'asking' }, state, cancel),
    wrong,
    facts,
    all,
    list,
  )
}
