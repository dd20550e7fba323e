import { button, element } from '../dom'
import { ago, count, KINDS, origin } from '../format'
import type { History, VersionHeader } from '../model'
import { page } from '../page'
import { time } from '../time'
import type { Head } from './page-data'

interface Options {
  compare: (old: number, now: number) => void
  restore: (version: VersionHeader) => void
}

/** A post's versions, newest first; any two can be chosen to be compared. */
export function timeline({ compare, restore }: Options) {
  const list = element('ol', { class: 'versions' })
  const names = new Map<string, string>()
  const named = (id: string) => names.get(id) ?? id
  const radio = (side: 'old' | 'now', number: number) =>
    element('input', {
      type: 'radio',
      name: side,
      value: number,
      'aria-label': side === 'old' ? `Compare from version ${number}` : `Compare to version ${number}`,
      onchange: chosen,
    })
  const value = (side: string) => Number(list.querySelector<HTMLInputElement>(`input[name="${side}"]:checked`)?.value)

  function chosen(): void {
    const [old, now] = [value('old'), value('now')]
    if (old && now) compare(old, now)
  }

  const row = (version: VersionHeader, head: Head) => {
    const { number, kind, message, created_at: created } = version
    const writers = version.contributors.map(({ author, words }) => `${named(author)} (${count(words, 'word')})`)
    const isReaders = head.status === 'published' && head.published_version === number
    const facts = element('div', {})
    const open = button(message ?? KINDS[kind], () => compare(Math.max(1, number - 1), number), { class: 'plain message', dir: 'auto' })
    open.ariaLabel = `Version ${number}: ${message ?? KINDS[kind]}. What changed?`
    facts.append(element('p', {}, element('span', { class: 'number' }, `${number}`), ' ', open))
    const who = writers.length > 0 ? writers.join(', ') : named(version.author)
    const how = message ? `${KINDS[kind]} · ` : ''
    facts.append(element('p', { class: 'soft' }, how, element('bdi', {}, who), ' · ', time(created, ago(created))))
    if (version.provenance) facts.append(element('p', { class: 'soft origin' }, element('bdi', {}, origin(version.provenance))))
    if (isReaders) facts.append(element('span', { class: 'badge published' }, 'What readers see'))
    if (number === head.version) facts.append(element('span', { class: 'badge' }, 'Newest'))
    const item = element('li', { 'data-number': number }, element('span', { class: 'sides' }, radio('old', number), radio('now', number)), facts)
    if (page.mayEdit && number !== head.version) {
      item.append(button('Restore', () => restore(version), { class: 'quiet', 'aria-label': `Restore version ${number}` }))
    }
    return item
  }
  return {
    element: list,
    add(read: History, head: Head) {
      for (const { id, name } of read.authors) names.set(id, name)
      list.append(...read.items.map((version) => row(version, head)))
    },
    /** Shows which two are compared. */
    mark(old: number, now: number) {
      for (const item of list.children as HTMLCollectionOf<HTMLElement>) {
        const number = Number(item.dataset.number)
        item.classList.toggle('chosen', number === old || number === now)
        item.querySelector<HTMLInputElement>('input[name="old"]')!.checked = number === old
        item.querySelector<HTMLInputElement>('input[name="now"]')!.checked = number === now
      }
    },
  }
}
