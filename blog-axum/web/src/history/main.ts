import '../admin.css'
import { get, reason } from '../api'
import { reloadOnlyWhen } from '../build'
import { button, element } from '../dom'
import type { History, VersionHeader } from '../model'
import { moreButton } from '../more'
import { announce, warn } from '../notices'
import { address, page, root } from '../page'
import { badge } from '../status'
import { brought, type Head } from './page-data'
import { comparison } from './comparison'
import { nameVersion, restore } from './changes'
import { timeline } from './timeline'

const post = `/api/posts/${page.post}`
const { post: head, list: newest } = brought
const MORE = 100

function open(): void {
  /** The versions that have been listed, by their numbers. */
  const known = new Map<number, VersionHeader>()
  const view = comparison({ known, compare })
  const state = { next: newest.next }
  const list = timeline({ compare, restore: (version) => restore(version, done) })
  const add = (read: History) => {
    for (const version of read.items) known.set(version.number, version)
    list.add(read, head)
  }
  const more = moreButton('Older versions', async () => {
    const older = await get<History>(`${post}/versions`, { limit: MORE, cursor: state.next })
    state.next = older.next
    more.hidden = !older.next
    add(older)
    announce(`${older.items.length} older versions`)
  })
  more.hidden = !newest.next
  const done = () => location.assign(address.history(page.post))

  function compare(old: number, now: number): void {
    history.replaceState(null, '', `?from=${old}&to=${now}`)
    list.mark(old, now)
    view.show(old, now).catch((error) => warn(reason(error)))
  }

  const heading = element('h1', { dir: 'auto', lang: head.locale }, head.title)
  const standing = element('p', { class: 'soft' }, badge(head.status), ' ', published(head))
  const buttons = element('div', { class: 'buttons' }, element('a', { class: 'button', href: address.edit(page.post) }, page.mayEdit ? 'Edit' : 'Open'))
  if (page.mayEdit) buttons.append(button('Name what is there now…', () => nameVersion(done)))
  root().append(
    element('div', { class: 'page-head' }, element('div', {}, heading, standing), buttons),
    element('div', { class: 'history' }, element('section', { class: 'timeline', 'aria-label': 'Versions' }, list.element, more), view.element),
  )
  add(newest)
  compare(brought.from, brought.to)
}

function published({ status, published_version: number, version }: Head): string {
  if (status !== 'published' || !number) return 'Readers see none of it.'
  if (number === version) return 'Readers see the newest version.'
  return `Readers see version ${number}; the newest is ${version}.`
}

reloadOnlyWhen(() => !document.querySelector('dialog[open]'))
open()
