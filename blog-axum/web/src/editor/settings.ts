import { reason } from '../api'
import { element, labelled } from '../dom'
import type { Content, Post } from '../model'
import { tell } from '../notices'
import type { CurrentPost } from './current-post'
import { coauthorIds, listedIds, put, type SettingsEdit } from './settings-edit'

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
    coauthors.value = coauthorIds(post)
    custom.value = shown(post.custom)
  }
  const written = (): SettingsEdit => {
    const edit: SettingsEdit = {}
    if (slug.value.trim() !== base.slug) edit.slug = slug.value.trim()
    const named = listedIds(coauthors.value)
    if (named.join(', ') !== coauthorIds(base)) edit.coauthors = named
    if (custom.value !== shown(base.custom)) edit.custom = object(custom.value)
    return edit
  }
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    if (save.ariaDisabled) return
    wrong.textContent = ''
    // Not `disabled`: whoever is on it by keyboard stays there.
    save.ariaDisabled = 'true'
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
      save.ariaDisabled = null
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
