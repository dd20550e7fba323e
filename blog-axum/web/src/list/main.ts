import '../admin.css'
import { reason } from '../api'
import { reloadOnlyWhen } from '../build'
import { button, element } from '../dom'
import { count } from '../format'
import { moreButton } from '../more'
import { announce, warn } from '../notices'
import { page, root } from '../page'
import { bulk } from './bulk'
import { filters } from './filters'
import { write } from './new-post'
import { find, wanted, type Wanted } from './query'
import { rows } from './rows'
import { tabs } from './tabs'

const state = { wanted: wanted(), next: null as string | null }

const list = rows(() => bar.refresh())
const bar = bulk(list, () => load(), () => status.focus())
const status = tabs(change)
const form = filters(change)
const more = moreButton('Show more', () => load(state.next))
const found = element('p', { class: 'soft found', role: 'status' })

function change(difference: Partial<Wanted>): void {
  state.wanted = { ...state.wanted, ...difference }
  history.pushState(null, '', `?${new URLSearchParams(Object.entries(state.wanted).filter(([, value]) => value))}`)
  void load()
}

async function load(cursor: string | null = null): Promise<void> {
  const asked = state.wanted
  list.element.setAttribute('aria-busy', 'true')
  status.show(asked)
  form.show(asked)
  try {
    const answer = await find(asked, cursor)
    if (asked !== state.wanted) return
    state.next = answer.next
    list.show(answer.items, { isMore: cursor !== null, withStatus: !!asked.q })
    more.hidden = !answer.next
    found.textContent = asked.q ? `${count(answer.total ?? 0, 'post')} found` : ''
    if (answer.items.length === 0) found.textContent = 'Nothing here.'
    if (cursor) announce(`${count(answer.items.length, 'more post')}`)
    bar.refresh()
  } catch (error) {
    warn(reason(error))
  }
  list.element.removeAttribute('aria-busy')
}

addEventListener('popstate', () => {
  state.wanted = wanted()
  void load()
})
reloadOnlyWhen(() => !document.querySelector('dialog[open]') && list.chosen().length === 0)

const head = element('div', { class: 'page-head' }, element('h1', {}, 'Posts'))
if (page.may.has('create')) head.append(button('New post', write, { class: 'primary' }))
root().append(head, status.element, form.element, bar.element, found, list.element, more)
// Nothing can be done with posts that are not there yet, or not at all.
bar.refresh()
more.hidden = true
void load()
