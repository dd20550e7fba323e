import type { EditorView } from '@codemirror/view'
import { reason } from '../api'
import { confirmed } from '../dialog'
import { button, element } from '../dom'
import { announce, warn } from '../notices'
import { address } from '../page'
import { copyText } from './copy-text'
import type { Refusal, Room, Saving } from './room'

const REFUSED: Record<Refusal, string> = {
  signed_out: 'Not stored: you are signed out.',
  forbidden: 'Not stored: you may not edit this post now.',
  gone: 'Not stored: this post is gone.',
  too_large: 'Not stored: the text is too large, or too much came at once. Undo, and try again.',
  broken: 'Not stored: the server could not read it.',
}

/** What this browser does not keep is safe with the server alone. */
const KEPT_NOWHERE_ELSE = 'This browser keeps nothing: leave this tab only while it says “Stored”.'

/** What a state of saving is called, and what that means. */
function words(saving: Saving): [string, string] {
  switch (saving.kind) {
    case 'opening':
      return ['Opening…', 'The text is on its way.']
    case 'stored':
      return ['Stored', saving.isKept ? 'The server has everything on its disk.' : KEPT_NOWHERE_ELSE]
    case 'sent':
      return ['Sent…', saving.isKept ? 'It is on its way, and not yet stored.' : KEPT_NOWHERE_ELSE]
    case 'reading':
      return ['Read only', 'You see what others write.']
    case 'offline': {
      const kept = saving.isKept ? 'What you write is kept in this browser, and sent later.' : 'Keep this tab open: what you write is in it alone.'
      return [saving.hasUnsent ? 'Offline, not sent yet' : 'Offline', kept]
    }
    case 'refused':
      return [REFUSED[saving.why], saving.isKept ? 'Your text is kept in this browser.' : 'Your text is in this tab alone.']
  }
}

/** Says how the own edits are, and offers what helps. */
export function stateLine(room: Room, view: () => EditorView | undefined): HTMLElement {
  const text = element('span')
  const detail = element('span', { class: 'detail' })
  const help = element('span', { class: 'help' })
  const line = element('div', { class: 'saving', id: 'saving' }, text, detail, help)
  let shown = ''

  const show = () => {
    const { saving } = room
    const [name, meaning] = words(saving)
    const now = JSON.stringify([saving.kind, name, meaning])
    if (now === shown) return
    // Of typing and storing in turn screen readers hear nothing.
    const isRoutine = saving.kind === 'sent' || (saving.kind === 'stored' && line.dataset.state === 'sent')
    if (!isRoutine) announce(`${name} ${meaning}`)
    shown = now
    line.dataset.state = saving.kind
    line.title = meaning
    text.textContent = name
    const isTrouble = saving.kind === 'offline' || saving.kind === 'refused' || meaning === KEPT_NOWHERE_ELSE
    detail.textContent = isTrouble ? meaning : ''
    const hadFocus = help.contains(document.activeElement)
    help.replaceChildren(...(saving.kind === 'refused' ? remedies(room, saving.why) : []))
    // Who has pressed a button here goes on from what has come in its place.
    if (hadFocus) (help.querySelector<HTMLElement>('a, button') ?? view())?.focus()
  }
  room.addEventListener('change', show)
  show()
  return line
}

function remedies(room: Room, why: Refusal): HTMLElement[] {
  const copy = button('Copy my text', () => copyText(room.body.toString()))
  const again = button('Try again', () => room.rejoin())
  const discard = button('Discard what is not stored', async () => {
    const text = 'What the server has not taken is deleted from this browser.'
    if (!(await confirmed('Discard your changes?', text, 'Discard'))) return
    try {
      await room.forget()
      location.reload()
    } catch (error) {
      warn(`Not discarded: ${reason(error)}`)
    }
  })
  const signIn = element('a', { href: address.signIn(), target: '_blank' }, 'Sign in in another tab')
  switch (why) {
    case 'signed_out':
      return [signIn, again]
    case 'too_large':
    case 'broken':
      return [copy, again, discard]
    case 'gone':
      return room.hasUnsent ? [copy, discard] : [copy]
    case 'forbidden':
      return room.hasUnsent ? [copy, discard] : []
  }
}
