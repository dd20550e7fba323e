import { get } from '../api'
import { element, labelled } from '../dom'
import type { Page, Seo } from '../model'
import type { Room } from './room'
import { mergedWords } from './unstored-fields'

const PAUSE = 400
const NO_SEO: Seo = { title: null, description: null, keywords: [], canonical_url: null }

type Field = HTMLInputElement | HTMLTextAreaElement

/** How a field says a value. */
interface Form<Value> {
  read: (text: string) => Value
  write: (value: Value) => string
  /** What the server would not take of it. */
  fault?: (value: Value) => string | undefined
}

const TEXT: Form<string | null> = { read: (text) => text.trim() || null, write: (value) => value ?? '' }
const WORDS: Form<string[]> = {
  read: (text) => [...new Set(text.split(',').map((word) => word.trim()).filter(Boolean))],
  write: (words) => words.join(', '),
  fault: (words) => {
    if (words.length > 50) return 'There can be 50 of them.'
    const long = words.find((word) => [...word].length > 100)
    return long && `“${long.slice(0, 20)}…” is longer than 100 characters.`
  },
}

/** The fields that everybody in the room sees and writes: tags, category, excerpt, cover, SEO. */
export function details(room: Room): { element: HTMLElement; allow: (mayEdit: boolean) => void } {
  const { meta } = room
  const fields: Field[] = []
  const seo = () => ({ ...NO_SEO, ...(meta.get('seo') as Partial<Seo> | undefined) })

  /** Keeps a field and a value of the room the same. */
  function bind<Value>(field: Field, form: Form<Value>, said: () => Value, say: (value: Value, before: Value) => void): Field {
    let before = said()
    let timer: ReturnType<typeof setTimeout> | undefined
    const wrong = element('p', { class: 'wrong', role: 'alert' })
    let isWrong = false
    const take = () => {
      if (timer === undefined) return
      clearTimeout(timer)
      timer = undefined
      const value = form.read(field.value.toWellFormed().replaceAll('\0', ''))
      field.setCustomValidity(form.fault?.(value) ?? '')
      isWrong = !field.validity.valid
      field.ariaInvalid = isWrong ? 'true' : null
      // Of a pattern a browser says only that there is one.
      wrong.textContent = field.validity.patternMismatch ? field.title : field.validationMessage
      if (isWrong || JSON.stringify(value) === JSON.stringify(said())) return
      say(value, before)
      before = said()
    }
    const show = () => {
      // What is being written here counts, until it is taken, and what cannot be taken waits to be mended.
      if (timer !== undefined || isWrong) return
      before = said()
      const text = form.write(before)
      if (JSON.stringify(form.read(field.value)) !== JSON.stringify(before)) field.value = text
    }
    field.addEventListener('input', () => {
      clearTimeout(timer)
      timer = setTimeout(take, PAUSE)
    })
    field.addEventListener('change', take)
    addEventListener('pagehide', take)
    meta.observe(show)
    field.value = form.write(before)
    queueMicrotask(() => {
      wrong.id = `${field.id}-wrong`
      field.setAttribute('aria-describedby', [field.getAttribute('aria-describedby'), wrong.id].filter(Boolean).join(' '))
      field.after(wrong)
    })
    fields.push(field)
    return field
  }
  const put = (name: string, value: unknown) => (value === null ? meta.delete(name) : meta.set(name, value))
  const text = (name: string, field: Field) =>
    bind(field, TEXT, () => (meta.get(name) as string | undefined) ?? null, (value) => put(name, value))
  const seoText = (name: 'title' | 'description' | 'canonical_url', field: Field) =>
    bind(field, TEXT, () => seo()[name], (value) => put('seo', { ...seo(), [name]: value }))

  const tags = bind(
    element('input', { dir: 'auto', autocomplete: 'off' }),
    WORDS,
    () => (meta.get('tags') as string[] | undefined) ?? [],
    (mine, before) => put('tags', mergedWords(before, (meta.get('tags') as string[] | undefined) ?? [], mine)),
  )
  const categories = element('datalist', { id: 'categories' })
  const category = text('category', element('input', { dir: 'auto', list: categories.id, autocomplete: 'off', pattern: '[^\\/]+(\\/[^\\/]+)*', maxlength: 200, title: 'A path without empty parts' }))
  const keywords = bind(
    element('input', { dir: 'auto' }),
    WORDS,
    () => seo().keywords,
    (mine, before) => put('seo', { ...seo(), keywords: mergedWords(before, seo().keywords, mine) }),
  )
  void get<Page<{ name: string }>>('/api/categories').then(
    ({ items }) => categories.append(...items.map(({ name }) => element('option', { value: name }))),
    () => {},
  )

  const form = element(
    'section',
    { class: 'details', 'aria-label': 'Details' },
    labelled('Tags', tags, 'With commas between them.'),
    labelled('Category', category, 'A path, such as travel/asia.'),
    categories,
    labelled('Excerpt', text('excerpt', element('textarea', { rows: 3, dir: 'auto', maxlength: 2000 })), 'Without one, the text’s beginning.'),
    labelled('Cover', text('cover', element('input', { inputmode: 'url', maxlength: 2048 })), 'The address of a picture.'),
    element(
      'fieldset',
      {},
      element('legend', {}, 'For search engines'),
      labelled('Page title', seoText('title', element('input', { dir: 'auto', maxlength: 2000 })), 'Without one, the title.'),
      labelled('Description', seoText('description', element('textarea', { rows: 2, dir: 'auto', maxlength: 2000 }))),
      labelled('Keywords', keywords),
      labelled('Canonical address', seoText('canonical_url', element('input', { type: 'url', pattern: 'https?://.*', maxlength: 2048, title: 'An http or https address' }))),
    ),
  )
  return { element: form, allow: (mayEdit) => fields.forEach((field) => (field.readOnly = !mayEdit)) }
}
