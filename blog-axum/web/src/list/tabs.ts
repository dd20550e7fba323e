import { element } from '../dom'
import type { Status } from '../model'
import { STATUSES } from '../status'
import type { Wanted } from './query'

/** Links to the posts of each status. */
export function tabs(change: (difference: Partial<Wanted>) => void) {
  const links = Object.entries(STATUSES).map(([status, name]) => {
    const onclick = (event: MouseEvent) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return
      event.preventDefault()
      change({ status: status as Status, q: '' })
    }
    return element('a', { href: `?status=${status}`, onclick, 'data-status': status }, name)
  })
  return {
    element: element('nav', { class: 'tabs', 'aria-label': 'Status' }, ...links),
    show({ status, q }: Wanted) {
      for (const link of links) {
        if (!q && link.dataset.status === status) link.setAttribute('aria-current', 'page')
        else link.removeAttribute('aria-current')
      }
    },
    focus() {
      const current = links.find((link) => link.ariaCurrent) ?? links[0]
      current?.focus()
    },
  }
}
