import { get, reason } from '../api'
import { button, element } from '../dom'
import { count } from '../format'
import type { Version, VersionHeader } from '../model'
import { warn } from '../notices'
import { page } from '../page'
import { remember, remembered } from '../remembered'
import { authorship } from './authorship'
import { brought } from './page-data'
import { type Block, words } from './words'

const SIDE_BY_SIDE = 'blog-side-by-side'

/** Characters beyond which what is the same is folded away, and so many stay at each end. */
const LONG = 1500
const AROUND = 300

/** What stands beside the text, as it is compared. */
const FIELDS: [string, (version: Version) => string][] = [
  ['Title', (version) => version.title],
  ['Tags', (version) => version.tags.join(', ')],
  ['Category', (version) => version.category ?? ''],
  ['Excerpt', (version) => version.excerpt ?? ''],
  ['Cover', (version) => version.cover ?? ''],
  ['Page title', (version) => version.seo.title ?? ''],
  ['Page description', (version) => version.seo.description ?? ''],
  ['Keywords', (version) => version.seo.keywords.join(', ')],
  ['Canonical address', (version) => version.seo.canonical_url ?? ''],
  ['Own fields', (version) => (Object.keys(version.custom).length > 0 ? JSON.stringify(version.custom, null, 2) : '')],
]

/** How two versions are shown: compared, or whose the words of the newer one are. */
type Look = 'inline' | 'beside' | 'authors'

interface Options {
  /** The versions that have been read, by their numbers. */
  known: Map<number, VersionHeader>
  compare: (old: number, now: number) => void
}

/** Two versions, the differences marked by word, or the newer one by author. */
export function comparison({ known, compare }: Options) {
  const read = new Map(brought.versions.map((version) => [version.number, Promise.resolve(version)]))
  const version = (number: number) => {
    const known = read.get(number) ?? get<Version>(`/api/posts/${page.post}/versions/${number}`)
    read.set(number, known)
    known.catch(() => read.delete(number))
    return known
  }
  const heading = element('h2', { tabindex: '-1' })
  const result = element('div', { class: 'result' })
  const looks: Record<Look, HTMLButtonElement> = {
    inline: button('In one', () => choose('inline')),
    beside: button('Side by side', () => choose('beside')),
    authors: button('Who wrote this', () => choose('authors')),
  }
  const switches = element('div', { class: 'switch', role: 'group', 'aria-label': 'How to compare' }, ...Object.values(looks))
  const whole = element('section', { class: 'comparison', 'aria-label': 'Comparison' }, element('div', { class: 'page-head' }, heading, switches), result)
  let look: Look
  let shown: [number, number] | undefined

  const choose = (chosen: Look) => {
    look = chosen
    if (chosen !== 'authors') remember('localStorage', SIDE_BY_SIDE, String(chosen === 'beside'))
    for (const [name, button] of Object.entries(looks)) button.ariaPressed = String(name === chosen)
    if (shown) show(...shown).catch((error) => warn(reason(error)))
  }
  /** The changes of a version, as they were looked at last. */
  const changes = (old: number, now: number) => {
    shown = undefined
    choose(compared())
    compare(old, now)
    heading.focus()
  }
  const compared = (): Look => (remembered('localStorage', SIDE_BY_SIDE) === 'true' ? 'beside' : 'inline')

  async function show(old: number, now: number): Promise<void> {
    const wanted = String([old, now, look])
    const isWanted = () => String([...shown!, look]) === wanted
    shown = [old, now]
    whole.setAttribute('aria-busy', 'true')
    try {
      const [title, parts] = look === 'authors' ? await authors(now) : await differences(old, now)
      if (!isWanted()) return
      heading.textContent = title
      result.replaceChildren(...parts)
    } finally {
      if (isWanted()) whole.removeAttribute('aria-busy')
    }
  }

  async function authors(number: number): Promise<[string, Node[]]> {
    return [`Version ${number}`, await authorship(number, { known, compare: changes })]
  }

  async function differences(old: number, now: number): Promise<[string, Node[]]> {
    const [before, after] = await Promise.all([version(old), version(now)])
    const changed = FIELDS.map(([name, said]) => ({ name, blocks: words(said(before), said(after)) })).filter(({ blocks }) => !isSame(blocks))
    const body = words(before.body, after.body)
    const parts: HTMLElement[] = []
    if (changed.length === 0 && isSame(body)) parts.push(element('p', { class: 'soft' }, old === now ? 'The same version twice.' : 'They say the same.'))
    for (const { name, blocks } of changed) parts.push(element('h3', {}, name), texts(blocks))
    parts.push(element('h3', {}, 'Text'), texts(body))
    const places = (tag: string) => parts.reduce((sum, part) => sum + part.querySelectorAll(tag).length, 0)
    parts.push(element('p', { class: 'hidden', role: 'status' }, `${count(places('ins'), 'place')} added to, ${count(places('del'), 'place')} taken from.`))
    return [old === now ? `Version ${now}` : `Version ${old} → ${now}`, parts]
  }

  const texts = (blocks: Block[]) => {
    if (look === 'inline') return element('div', { class: 'text', dir: 'auto' }, ...blocks.flatMap((block) => folded(block.inline, block)))
    const rows = blocks.map((block) =>
      element('tr', {}, element('td', { dir: 'auto' }, ...folded(block.old, block)), element('td', { dir: 'auto' }, ...folded(block.new, block))),
    )
    const head = element('tr', {}, element('th', { scope: 'col' }, 'Before'), element('th', { scope: 'col' }, 'After'))
    return element('table', { class: 'beside' }, element('thead', {}, head), element('tbody', {}, ...rows))
  }
  choose(compared())
  return { element: whole, show }
}

function isSame(blocks: Block[]): boolean {
  return blocks.every((block) => block.isSame)
}

/** Long parts that are the same are folded away. */
function folded(nodes: Node[], { isSame }: Block): Node[] {
  const text = nodes[0]?.textContent ?? ''
  if (!isSame || text.length < LONG) return nodes
  const [start, end] = [text.indexOf('\n', AROUND) + 1, text.lastIndexOf('\n', text.length - AROUND) + 1]
  if (start === 0 || end <= start) return nodes
  const middle = text.slice(start, end)
  const lines = count(middle.split('\n').length - 1, 'unchanged line')
  return [
    document.createTextNode(text.slice(0, start)),
    element('details', {}, element('summary', {}, lines), middle),
    document.createTextNode(text.slice(end)),
  ]
}
