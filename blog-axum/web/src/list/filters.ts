import { get } from '../api'
import { element } from '../dom'
import type { Page } from '../model'
import type { Wanted } from './query'

/** A tag or a category; or an author, whom an id tells from others of that name. */
interface Named {
  name: string
  id?: string
}

/** The search box, and what narrows a list down. */
export function filters(change: (difference: Partial<Wanted>) => void) {
  const q = element('input', { type: 'search', name: 'q', placeholder: 'Search all posts', 'aria-label': 'Search all posts', dir: 'auto' })
  const tag = select('Tag', 'All tags', () => change({ tag: tag.value }))
  const category = select('Category', 'All categories', () => change({ category: category.value }))
  const author = select('Author', 'All authors', () => change({ author: author.value }))
  const sort = select('Order', '', () => change({ sort: sort.value }))
  sort.replaceChildren(option('', 'Last changed first'), option('newest', 'Newest first'), option('oldest', 'Oldest first'))
  void fill(tag, '/api/tags')
  void fill(category, '/api/categories')
  void fill(author, '/api/authors')

  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    change({ q: q.value.trim() })
  }
  const cleared = () => q.value || change({ q: '' })
  q.addEventListener('search', cleared)
  return {
    element: element('form', { class: 'filters', role: 'search', onsubmit: submit }, q, tag, category, author, sort),
    show(wanted: Wanted) {
      q.value = wanted.q
      choose(tag, wanted.tag)
      choose(category, wanted.category)
      choose(author, wanted.author)
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

/** Offers all that the server names. */
async function fill(select: HTMLSelectElement, path: string): Promise<void> {
  // Without them the list can still be read.
  const { items } = await get<Page<Named>>(path).catch(() => ({ items: [] }))
  for (const { name, id = name } of items.sort((one, other) => one.name.localeCompare(other.name))) {
    const known = [...select.options].find(({ value }) => value === id)
    if (known) known.textContent = name
    else select.append(option(id, name))
  }
}
