import { ApiError, call, get, type Problem, reason } from '../api'
import { element, labelled } from '../dom'
import type { Content, EditConflict, Post } from '../model'
import { tell } from '../notices'
import { page } from '../page'
import { chosenCustom, type Choice, resolve } from './conflict'
import type { CurrentPost } from './current-post'

/** What the form saves. */
interface Edit {
  slug?: string | undefined
  coauthors?: string[] | undefined
  custom?: Content['custom']
}

/** The form, and whether it has nothing that is not saved. */
interface Settings {
  element: HTMLElement
  isUntouched: () => boolean
  allow: (mayEdit: boolean) => void
}

/**
 * What is no part of the text, and is saved by hand: address, coauthors and the host's own fields.
 * Where somebody else has saved the same meanwhile, the writer chooses.
 */
export function settings(current: CurrentPost): Settings {
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
    coauthors.value = ids(post)
    custom.value = shown(post.custom)
  }
  const written = (): Edit => {
    const edit: Edit = {}
    if (slug.value.trim() !== base.slug) edit.slug = slug.value.trim()
    const named = listed(coauthors.value)
    if (named.join(', ') !== ids(base)) edit.coauthors = named
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
  return { element: form, isUntouched, allow }
}

/** Saves an edit that began with `base`; `undefined` if the writer leaves it. */
async function put({ custom, ...beside }: Edit, base: Post): Promise<Post | undefined> {
  const merged = custom && (await putCustom(custom, base))
  if (custom && !merged) return undefined
  return Object.keys(beside).length > 0 ? putBeside(beside, base) : merged
}

function patch(edit: Edit, { revision }: Post): Promise<Post> {
  return call<Post>('PATCH', `/api/posts/${page.post}`, { body: edit, revision })
}

/** What the server says of an edit that crossed another; throws what is another fault. */
function crossing(error: unknown): Problem {
  if (error instanceof ApiError && error.status === 409 && !error.problem.errors) return error.problem
  throw error
}

/** The server merges own fields by key; where both changed one, the writer chooses. */
async function putCustom(custom: Content['custom'], base: Post): Promise<Post | undefined> {
  try {
    return await patch({ custom }, base)
  } catch (error) {
    const conflict = crossing(error)
    if (!isEditConflict(conflict)) throw error
    const chosen = await resolve(conflict)
    return chosen && putCustom(chosenCustom(conflict, chosen), await newest())
  }
}

function isEditConflict(problem: Problem): problem is Problem & EditConflict {
  return problem.conflicts !== undefined
}

/** Address and coauthors do not merge: they are saved anew, and where somebody else changed them the writer chooses. */
async function putBeside(edit: Omit<Edit, 'custom'>, base: Post): Promise<Post | undefined> {
  try {
    return await patch(edit, base)
  } catch (error) {
    crossing(error)
  }
  const head = await newest()
  const sides = [
    { field: 'slug', base: base.slug, head: head.slug, theirs: edit.slug },
    { field: 'coauthors', base: ids(base), head: ids(head), theirs: edit.coauthors?.join(', ') },
  ]
  const crossed = sides.flatMap(({ field, base, head, theirs }) =>
    theirs === undefined || head === base || head === theirs ? [] : [{ field, hunks: [{ base, head, theirs }] }],
  )
  const chosen = crossed.length > 0 ? await resolve({ conflicts: crossed }) : new Map<string, Choice[]>()
  if (!chosen) return undefined
  const said = (field: string) => {
    const [hunk] = crossed.find((place) => place.field === field)?.hunks ?? []
    const [choice] = chosen.get(field) ?? []
    return hunk && choice && ('text' in choice ? choice.text.trim() : hunk[choice.side])
  }
  const coauthors = said('coauthors')
  const resolved = { ...edit, slug: said('slug') ?? edit.slug, coauthors: coauthors === undefined ? edit.coauthors : listed(coauthors) }
  return putBeside(resolved, head)
}

function newest(): Promise<Post> {
  return get<Post>(`/api/posts/${page.post}`, { view: 'head' })
}

function ids(post: Post): string {
  return post.coauthors.map((author) => author.id).join(', ')
}

function listed(text: string): string[] {
  return text.split(',').map((id) => id.trim()).filter(Boolean)
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
