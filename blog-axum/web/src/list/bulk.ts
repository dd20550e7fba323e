import { post, reason } from '../api'
import { confirmed } from '../dialog'
import { button, element } from '../dom'
import { count, quoted } from '../format'
import type { PostSummary } from '../model'
import { tell, warn } from '../notices'
import { page } from '../page'
import { TRANSITIONS, type Transition } from '../status'
import type { rows } from './rows'

const OFFERED: Transition[] = ['submit', 'publish', 'unpublish', 'archive', 'trash', 'untrash']

/** What can be done with all chosen posts at once. Where nothing is left of the list, `leave` takes the focus. */
export function bulk(list: ReturnType<typeof rows>, done: () => void, leave: () => void) {
  const all = element('input', { type: 'checkbox', id: 'choose-all' })
  const label = element('label', { for: 'choose-all' }, 'Choose all')
  const buttons = new Map(OFFERED.map((name) => [name, button(TRANSITIONS[name].name, () => act(name))]))
  const offered = OFFERED.filter((name) => page.may.has(TRANSITIONS[name].needs))
  const bar = element('div', { class: 'bulk', role: 'group', 'aria-label': 'With the chosen posts' }, all, label)
  bar.append(...offered.map((name) => buttons.get(name)!))

  const refresh = () => {
    const chosen = list.chosen()
    const boxes = list.boxes()
    all.checked = chosen.length > 0 && chosen.length === boxes.length
    all.indeterminate = chosen.length > 0 && !all.checked
    label.textContent = chosen.length > 0 ? `${chosen.length} chosen` : 'Choose all'
    for (const [name, button] of buttons) {
      const isOffered = chosen.length > 0 && chosen.every((post) => TRANSITIONS[name].from.includes(post.status))
      // Who has pressed it goes on from what stays.
      if (!isOffered && button === document.activeElement) (boxes.length > 0 ? all.focus() : leave())
      button.hidden = !isOffered
    }
    bar.hidden = boxes.length === 0
  }
  all.addEventListener('change', () => {
    for (const box of list.boxes()) box.checked = all.checked
    refresh()
  })

  const act = async (name: Transition) => {
    const chosen = list.chosen()
    const rule = TRANSITIONS[name].name
    if (chosen.length > 1 && !(await confirmed(`${rule}: ${count(chosen.length, 'post')}?`, titles(chosen), rule))) return
    const failed: string[] = []
    for (const { id, title } of chosen) {
      await post(`/api/posts/${id}/${name}`).catch((error) => failed.push(`${quoted(title)}: ${reason(error)}`))
    }
    if (chosen.length > failed.length) tell(`${rule}: ${count(chosen.length - failed.length, 'post')} done.`)
    if (failed.length > 0) warn(`Not done: ${failed.join(' ')}`)
    done()
  }
  return { element: bar, refresh }
}

function titles(posts: PostSummary[]): string {
  const named = posts.slice(0, 5).map((post) => quoted(post.title))
  const rest = posts.length - named.length
  return named.join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}
