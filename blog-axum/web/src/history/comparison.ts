import { get } from '../api'
import { button, element } from '../dom'
import { count } from '../format'
import type { Version } from '../model'
import { page } from '../page'
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

/** Two versions, the differences marked by word. */
export function comparison() {
  const read = new Map<number, Promise<Version>>()
  const version = (number: number) => {
    const known = read.get(number) ?? get<Version>(`/api/posts/${page.post}/versions/${number}`)
    read.set(number, known)
    known.catch(() => read.delete(number))
    return known
  }
  const heading = element('h2', { tabindex: '-1' })
  const result = element('div', { class: 'result' })
  const inline = button('In one', () => choose(false))
  const beside = button('Side by side', () => choose(true))
  const look = element('div', { class: 'switch', role: 'group', 'aria-label': 'How to compare' }, inline, beside)
  const whole = element('section', { class: 'comparison', 'aria-label': 'Comparison' }, element('div', { class: 'page-head' }, heading, look), result)
  let shown: [number, number] | undefined

  const choose = (isBeside: boolean) => {
    localStorage.setItem(SIDE_BY_SIDE, String(isBeside))
    inline.ariaPressed = String(!isBeside)
    beside.ariaPressed = String(isBeside)
    if (shown) void show(...shown)
  }
  const isBeside = () => localStorage.getItem(SIDE_BY_SIDE) === 'true'

  async function show(old: number, now: number): Promise<void> {
    shown = [old, now]
    whole.setAttribute('aria-busy', 'true')
    const [before, after] = await Promise.all([version(old), version(now)])
    if (String(shown) !== String([old, now])) return
    heading.textContent = old === now ? `Version ${now}` : `Version ${old} → ${now}`
    const changed = FIELDS.map(([name, said]) => ({ name, blocks: words(said(before), said(after)) })).filter(({ blocks }) => !isSame(blocks))
    const body = words(before.body, after.body)
    const parts: (Node | string)[] = []
    if (changed.length === 0 && isSame(body)) parts.push(element('p', { class: 'soft' }, old === now ? 'The same version twice.' : 'They say the same.'))
    for (const { name, blocks } of changed) parts.push(element('h3', {}, name), texts(blocks))
    parts.push(element('h3', {}, 'Text'), texts(body))
    result.replaceChildren(...parts)
    const [added, removed] = [result.querySelectorAll('ins').length, result.querySelectorAll('del').length]
    result.append(element('p', { class: 'hidden', role: 'status' }, `${count(added, 'place')} added to, ${count(removed, 'place')} taken from.`))
    whole.removeAttribute('aria-busy')
  }

  const texts = (blocks: Block[]) => {
    if (!isBeside()) return element('div', { class: 'text', dir: 'auto' }, ...blocks.flatMap((block) => folded(block.inline, block)))
    const rows = blocks.map((block) =>
      element('tr', {}, element('td', { dir: 'auto' }, ...folded(block.old, block)), element('td', { dir: 'auto' }, ...folded(block.new, block))),
    )
    const head = element('tr', {}, element('th', { scope: 'col' }, 'Before'), element('th', { scope: 'col' }, 'After'))
    return element('table', { class: 'beside' }, element('thead', {}, head), element('tbody', {}, ...rows))
  }
  choose(isBeside())
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
