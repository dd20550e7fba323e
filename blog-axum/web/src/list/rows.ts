import { element } from '../dom'
import { ago, at, count } from '../format'
import type { PostSummary } from '../model'
import { address } from '../page'
import { badge } from '../status'
import { time } from '../time'

/** The posts of a list, each with a box to choose it. */
export function rows(onchoice: () => void) {
  const shown = new Map<HTMLInputElement, PostSummary>()
  const list = element('ul', { class: 'rows', onchange: onchoice })

  const row = (post: PostSummary, withStatus: boolean) => {
    const box = element('input', { type: 'checkbox', 'aria-label': `Choose ${post.title}` })
    shown.set(box, post)
    return element(
      'li',
      { 'data-id': post.id },
      box,
      element(
        'div',
        {},
        element('h2', {}, element('a', { href: address.edit(post.id), dir: 'auto', lang: post.locale }, post.title)),
        element('p', { class: 'soft' }, ...facts(post, withStatus)),
      ),
      element('a', { class: 'quiet', href: address.history(post.id), 'aria-label': `History of ${post.title}` }, 'History'),
    )
  }
  return {
    element: list,
    boxes: () => [...shown.keys()],
    chosen: () => [...shown].filter(([box]) => box.checked).map(([, post]) => post),
    show(posts: PostSummary[], { isMore = false, withStatus = false }) {
      if (!isMore) {
        shown.clear()
        list.replaceChildren()
      }
      const made = posts.map((post) => row(post, withStatus))
      list.append(...made)
      if (isMore) made[0]?.querySelector('a')?.focus()
    },
  }
}

function facts(post: PostSummary, withStatus: boolean): (Node | string)[] {
  const facts: (Node | string)[] = []
  if (withStatus) facts.push(badge(post.status))
  facts.push(element('bdi', {}, [post.author, ...post.coauthors].map((author) => author.name).join(', ')))
  const words = post.status === 'scheduled' && post.scheduled_at ? `appears ${at(post.scheduled_at)}` : `changed ${ago(post.updated_at)}`
  facts.push(time(post.updated_at, words))
  facts.push(count(post.word_count, 'word'))
  if (post.category) facts.push(element('bdi', {}, post.category))
  if (post.tags.length > 0) facts.push(element('bdi', {}, post.tags.map((tag) => `#${tag}`).join(' ')))
  if (post.collaboration === 'active') facts.push(element('span', { class: 'live' }, 'being written'))
  if (post.collaboration === 'locked') facts.push('locked')
  if (post.published_version && post.published_version !== post.version && post.status === 'published') {
    facts.push('has changes that readers do not see')
  }
  return facts.flatMap((fact, index) => (index > 0 ? [' · ', fact] : [fact]))
}
