import { get } from '../api'
import { button, element } from '../dom'
import { COLOURS, place } from '../editor/colours'
import { at, count, KINDS } from '../format'
import type { Authorship, VersionHeader } from '../model'
import { announce } from '../notices'
import { page } from '../page'

interface Options {
  /** The versions that have been read, by their numbers. */
  known: Map<number, VersionHeader>
  compare: (old: number, now: number) => void
}

/** How many kinds of lines there are below people's words, for those who see no colours. */
const LINES = 4

/** A version's text, each part in the colours of whoever wrote it, and below the name what is known of it. */
export async function authorship(number: number, { known, compare }: Options): Promise<Node[]> {
  const { authors, pieces } = await get<Authorship>(`/api/posts/${page.post}/versions/${number}/authorship`)
  const looks = new Map<string, string>()
  const taken = new Set<number>()
  for (const [index, { id }] of authors.entries()) {
    let colour = place(id)
    // Two may have the same colour by their ids: here they stand side by side.
    while (taken.has(colour) && taken.size < COLOURS.length) colour = (colour + 1) % COLOURS.length
    taken.add(colour)
    looks.set(id, `person-${colour} line-${index % LINES}`)
  }
  const names = new Map(authors.map(({ id, name }) => [id, name]))
  const said = ({ author, version }: { author: string; version: number }) => `${names.get(author)}, version ${version}`

  const legend = element('ul', { class: 'legend', 'aria-label': 'Authors' })
  for (const { id, name, words } of authors) {
    const only = button(element('span', { class: `words ${looks.get(id)}` }, element('bdi', {}, name)), () => choose(id), { class: 'quiet', 'aria-pressed': 'false' })
    only.dataset.author = id
    only.append(` ${count(words, 'word')}`)
    legend.append(element('li', {}, only))
  }
  /** Shows the words of one author alone, or of all again. */
  const choose = (author: string) => {
    for (const one of legend.querySelectorAll('button')) one.ariaPressed = String(one.dataset.author === author && one.ariaPressed !== 'true')
    const chosen = legend.querySelector<HTMLElement>('[aria-pressed="true"]')?.dataset.author
    for (const run of runs) run.classList.toggle('faint', !!chosen && run.dataset.author !== chosen)
  }

  const hint = element('p', { class: 'soft', id: 'authorship-hint' }, 'Arrow keys lead from part to part, Enter to the changes of the version that brought it.')
  const fact = element('p', { class: 'fact' }, 'Point at a part to see when it was written. A click on it makes that stay.')
  const list = element('ol', { class: 'text runs', role: 'list', dir: 'auto', 'aria-label': `Version ${number} by author`, 'aria-describedby': hint.id })
  const runs: HTMLElement[] = []
  for (const piece of pieces) {
    const last = runs.at(-1)
    // What has no words needs no part of its own.
    if (last && !piece.text.trim()) {
      last.append(piece.text)
      continue
    }
    const author = element('span', { class: 'hidden' }, `${said(piece)}: `)
    const run = element('li', { class: `words ${looks.get(piece.author)}`, title: said(piece), tabindex: last ? -1 : 0 }, author, piece.text)
    run.dataset.author = piece.author
    run.dataset.version = String(piece.version)
    runs.push(run)
  }
  list.append(...runs)

  const tell = (run: HTMLElement) => {
    list.querySelector('.told')?.classList.remove('told')
    run.classList.add('told')
    const version = Number(run.dataset.version)
    const header = known.get(version)
    const how = header ? ` · ${header.message ?? KINDS[header.kind]} · ${at(header.created_at)}` : ''
    const changes = button('What changed there', () => open(run), { class: 'quiet' })
    fact.replaceChildren(element('bdi', { class: `words ${looks.get(run.dataset.author!)}` }, names.get(run.dataset.author!)!), ` in version ${version}${how} `, changes)
  }
  const open = (run: HTMLElement) => compare(Math.max(1, Number(run.dataset.version) - 1), Number(run.dataset.version))
  const under = (event: Event) => (event.target as Element).closest<HTMLElement>('.runs li')
  const told = (event: Event) => {
    const run = under(event)
    if (run) tell(run)
  }
  /** Whether a part was clicked: the pointer may then cross others on its way to the button. */
  let isPinned = false
  list.addEventListener('mouseover', (event) => {
    if (!isPinned) told(event)
  })
  list.addEventListener('click', (event) => {
    isPinned = under(event) !== null
    told(event)
  })
  list.addEventListener('focusin', (event) => {
    told(event)
    for (const run of list.querySelectorAll('[tabindex="0"]')) run.setAttribute('tabindex', '-1')
    under(event)?.setAttribute('tabindex', '0')
  })
  list.addEventListener('keydown', (event) => {
    const run = under(event)
    if (!run || event.altKey || event.ctrlKey || event.metaKey) return
    const index = runs.indexOf(run)
    const to = { ArrowRight: index + 1, ArrowDown: index + 1, ArrowLeft: index - 1, ArrowUp: index - 1, Home: 0, End: runs.length - 1 }[event.key]
    if (event.key === 'Escape') isPinned = false
    if (event.key === 'Enter') open(run)
    else if (to === undefined) return
    else runs[to]?.focus()
    event.preventDefault()
  })
  if (runs.length === 0) return [element('p', { class: 'soft' }, 'It has no text.')]
  announce(`Version ${number}, with words of ${count(authors.length, 'author')}`)
  return [legend, hint, fact, list]
}
