import { get } from '../api'
import { button, element } from '../dom'
import { count } from '../format'
import type { Version } from '../model'
import { page } from '../page'
import { words } from './words'

const SIDE_BY_SIDE = 'blog-side-by-side'

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
    const changed = FIELDS.map(([name, said]) => ({ name, compared: words(said(before), said(after)) })).filter(({ compared }) => !compared.isSame)
    const body = words(before.body, after.body)
    const parts: (Node | string)[] = []
    if (changed.length === 0 && body.isSame) parts.push(element('p', { class: 'soft' }, old === now ? 'The same version twice.' : 'They say the same.'))
    for (const { name, compared } of changed) parts.push(element('h3', {}, name), texts(compared))
    parts.push(element('h3', {}, 'Text'), body.isSame ? element('p', { class: 'soft' }, after.body ? 'Unchanged:' : 'Empty.') : '', texts(body))
    result.replaceChildren(...parts)
    const [added, removed] = [result.querySelectorAll('ins').length, result.querySelectorAll('del').length]
    result.append(element('p', { class: 'hidden', role: 'status' }, `${count(added, 'place')} added to, ${count(removed, 'place')} taken from.`))
    whole.removeAttribute('aria-busy')
  }

  const texts = (compared: ReturnType<typeof words>) => {
    if (!isBeside()) return element('div', { class: 'text', dir: 'auto' }, ...compared.inline)
    return element(
      'div',
      { class: 'beside' },
      element('div', { class: 'text', dir: 'auto', role: 'group', 'aria-label': 'Before' }, ...compared.old),
      element('div', { class: 'text', dir: 'auto', role: 'group', 'aria-label': 'After' }, ...compared.new),
    )
  }
  choose(isBeside())
  return { element: whole, show }
}
