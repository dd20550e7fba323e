import { ApiError, call, get, reason } from '../api'
import { element, labelled } from '../dom'
import type { Content, EditConflict, Post } from '../model'
import { tell } from '../notices'
import { page } from '../page'
import { chosenCustom, resolve } from './conflict'
import type { CurrentPost } from './current-post'

/** What the form saves. */
interface Edit {
  slug?: string
  coauthors?: string[]
  custom?: Content['custom']
}

const NEWEST = () => get<Post>(`/api/posts/${page.post}`, { view: 'head' })

/**
 * What is no part of the text, and is saved by hand: address, coauthors and the host's own fields.
 * Where somebody else has saved the same meanwhile, the writer chooses.
 */
export function settings(current: CurrentPost): { element: HTMLElement; allow: (mayEdit: boolean) => void } {
  const slug = element('input', { dir: 'auto', required: true, autocomplete: 'off', spellcheck: 'false' })
  const coauthors = element('input', { autocomplete: 'off' })
  const custom = element('textarea', { rows: 4, class: 'code', spellcheck: 'false' })
  const save = element('button', {}, 'Save these')
  const wrong = element('p', { class: 'wrong', role: 'alert' })
  /** What the form was filled with. */
  let base = current.post

  const fill = (post: Post) => {
    base = post
    slug.value = post.slug
    coauthors.value = post.coauthors.map((author) => author.id).join(', ')
    custom.value = shown(post.custom)
  }
  const written = (): Edit => {
    const edit: Edit = {}
    if (slug.value.trim() !== base.slug) edit.slug = slug.value.trim()
    const ids = coauthors.value.split(',').map((id) => id.trim()).filter(Boolean)
    if (String(ids) !== String(base.coauthors.map((author) => author.id))) edit.coauthors = ids
    if (custom.value !== shown(base.custom)) edit.custom = object(custom.value)
    return edit
  }
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    wrong.textContent = ''
    save.disabled = true
    try {
      const edit = written()
      if (Object.keys(edit).length === 0) return tell('There is nothing to save.')
      const saved = await put(edit, base)
      if (!saved) return
      fill(saved)
      current.set(saved, true)
      tell('Saved.')
    } catch (error) {
      wrong.textContent = reason(error)
    } finally {
      save.disabled = false
    }
  }
  current.addEventListener('change', () => {
    // What is being written here stays, and so does what it began with.
    if (isUntouched()) fill(current.post)
  })
  const isUntouched = () => {
    try {
      return Object.keys(written()).length === 0
    } catch {
      return false
    }
  }
  fill(current.post)
  const form = element(
    'form',
    { class: 'details', 'aria-label': 'Address, coauthors and own fields', onsubmit: submit },
    labelled('Address', slug, 'The last part of the post’s address. Former ones lead here.'),
    labelled('Coauthors', coauthors, 'Their ids, with commas between them.'),
    labelled('Own fields', custom, 'A JSON object, for your site’s templates.'),
    wrong,
    save,
  )
  const allow = (mayEdit: boolean) => {
    for (const field of [slug, coauthors, custom]) field.readOnly = !mayEdit
    save.disabled = !mayEdit
  }
  return { element: form, allow }
}

/** Saves an edit that began with `base`; `undefined` if the writer leaves it. */
async function put(edit: Edit, base: Post): Promise<Post | undefined> {
  try {
    return await call<Post>('PATCH', `/api/posts/${page.post}`, { body: edit, revision: base.revision })
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 409 || error.problem.errors) throw error
    const { problem } = error
    if (problem.conflicts) return putChosen(edit, problem as EditConflict)
    return putBeside(edit, base)
  }
}

/** Saves what the writer chose for the places that crossed. */
async function putChosen(edit: Edit, conflict: EditConflict): Promise<Post | undefined> {
  const chosen = await resolve(conflict)
  if (!chosen) return undefined
  const head = await NEWEST()
  return put({ ...edit, custom: chosenCustom(conflict, chosen) }, head)
}

/** Address and coauthors do not merge by themselves: they are saved anew where nobody else changed them. */
async function putBeside(edit: Edit, base: Post): Promise<Post | undefined> {
  const head = await NEWEST()
  const ids = (post: Post) => post.coauthors.map((author) => author.id)
  const hunks = [
    { field: 'slug', base: base.slug, head: head.slug, theirs: edit.slug },
    { field: 'coauthors', base: ids(base).join(', '), head: ids(head).join(', '), theirs: edit.coauthors?.join(', ') },
  ]
  const crossed = hunks.filter(({ base, head, theirs }) => theirs !== undefined && head !== base && head !== theirs)
  const saved = { ...edit }
  if (crossed.length > 0) {
    const conflicts = crossed.map(({ field, base, head, theirs = '' }) => ({ field, hunks: [{ base, head, theirs }] }))
    const chosen = await resolve({ base, head, theirs: { ...base }, conflicts })
    if (!chosen) return undefined
    for (const { field, hunks } of conflicts) {
      const choice = chosen.get(field)![0]!
      const text = 'text' in choice ? choice.text.trim() : hunks[0]![choice.side]
      if (field === 'slug') saved.slug = text
      else saved.coauthors = text.split(',').map((id) => id.trim()).filter(Boolean)
    }
  }
  if (saved.custom) {
    // They merge from where the form began; the rest is saved on top of that.
    const { custom, ...rest } = saved
    const merged = await put({ custom }, base)
    return merged && put(rest, merged)
  }
  return put(saved, head)
}

function shown(custom: Content['custom']): string {
  return Object.keys(custom).length > 0 ? JSON.stringify(custom, null, 2) : ''
}

function object(text: string): Content['custom'] {
  if (!text.trim()) return {}
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new Error(`Own fields: ${reason(error)}`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('Own fields: must be a JSON object, such as {"key": "value"}')
  return value as Content['custom']
}
