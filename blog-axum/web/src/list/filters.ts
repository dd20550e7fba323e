import { get } from '../api'
import { element } from '../dom'
import type { Page } from '../model'
import type { Wanted } from './query'

/** The search box, and what narrows a list down. */
export function filters(change: (difference: Partial<Wanted>) => void) {
  const q = element('input', { type: 'search', name: 'q', placeholder: 'Search all posts', 'aria-label': 'Search all posts', dir: 'auto' })
  const tag = select('Tag', 'All tags', () => change({ tag: tag.value }))
  const category = select('Category', 'All categories', () => change({ category: category.value }))
  const sort = select('Order', '', () => change({ sort: sort.value }))
  sort.replaceChildren(option('', 'Last changed first'), option('newest', 'Newest first'), option('oldest', 'Oldest first'))
  void fill(tag, '/api/tags')
  void fill(category, '/api/categories')

  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    change({ q: q.value.trim() })
  }
  const cleared = () => q.value || change({ q: '' })
  q.addEventListener('search', cleared)
  return {
    element: element('form', { class: 'filters', role: 'search', onsubmit: submit }, q, tag, category, sort),
    show(wanted: Wanted) {
      q.value = wanted.q
      choose(tag, wanted.tag)
      choose(category, wanted.category)
      sort.value = wanted.sort
      sort.disabled = !!wanted.q
    },
  }
}

function select(name: string, all: string, onchange: () => void): HTMLSelectElement {
  return element('select', { 'aria-label': name, onchange }, option('', all))
}

function option(value: string, name: string): HTMLOptionElement {
  return element('option', { value }, name)
}

/** Chooses a value, also before the server has named it. */
function choose(select: HTMLSelectElement, value: string): void {
  if (![...select.options].some((option) => option.value === value)) select.append(option(value, value))
  select.value = value
}

async function fill(select: HTMLSelectElement, path: string): Promise<void> {
  // Without them the list can still be read.
  const { items } = await get<Page<{ name: string; count: number }>>(path).catch(() => ({ items: [] }))
  const known = new Set([...select.options].map((option) => option.value))
  const names = items.map((item) => item.name).sort((one, other) => one.localeCompare(other))
  select.append(...names.filter((name) => !known.has(name)).map((name) => option(name, name)))
}
