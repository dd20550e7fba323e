import { ApiError, call, get } from '../api'
import type { Content, FieldConflict, Hunk, Post } from '../model'
import { page } from '../page'
import { type Choice, resolve } from './conflict'
import { type Crossing, isCrossing, together } from './crossing'

/** An edit of what is saved by hand; what is left out stays as it is. */
export interface SettingsEdit {
  slug?: string | undefined
  coauthors?: string[] | undefined
  custom?: Content['custom'] | undefined
}

/** A thing that an edit may change: what it began with, what is stored now, and what is to be saved. */
interface Place {
  field: string
  base: unknown
  head: unknown
  theirs: unknown
}

const CUSTOM = 'custom.'

/**
 * Saves an edit that began with `base`, all of it or nothing. Where somebody else has changed the same
 * meanwhile the writer chooses; `undefined` if they leave it.
 */
export async function put(edit: SettingsEdit, base: Post): Promise<Post | undefined> {
  try {
    return await call<Post>('PATCH', `/api/posts/${page.post}`, { body: edit, revision: base.revision })
  } catch (error) {
    if (!isOutdone(error)) throw error
  }
  const head = await get<Post>(`/api/posts/${page.post}`, { view: 'head' })
  const found = places(edit, base, head)
  const crossed = found.map(conflict).filter(({ hunks }) => hunks.length > 0)
  const chosen = crossed.length > 0 ? await resolve(crossed) : new Map<string, Choice[]>()
  return chosen && put(decided(edit, found, chosen), head)
}

/** Whether an edit was refused for another that came before it, and not for what it says. */
function isOutdone(error: unknown): boolean {
  return error instanceof ApiError && error.status === 409 && !error.problem.errors
}

/** Own fields are a place each. */
function places(edit: SettingsEdit, base: Post, head: Post): Place[] {
  const places: Place[] = []
  if (edit.slug !== undefined) places.push({ field: 'slug', base: base.slug, head: head.slug, theirs: edit.slug })
  if (edit.coauthors) places.push({ field: 'coauthors', base: coauthorIds(base), head: coauthorIds(head), theirs: edit.coauthors.join(', ') })
  if (edit.custom) {
    const [before, now, mine] = [base.custom, head.custom, edit.custom]
    for (const key of Object.keys({ ...before, ...now, ...mine })) {
      places.push({ field: CUSTOM + key, base: before[key], head: now[key], theirs: mine[key] })
    }
  }
  return places
}

function conflict(place: Place): FieldConflict {
  const { field, base, head, theirs } = place
  const said = texts(place)
  if (said) return { field, hunks: together(...said).filter(isCrossing).map(hunk) }
  const isCrossed = !isSame(head, base) && !isSame(theirs, base) && !isSame(head, theirs)
  return { field, hunks: isCrossed ? [{ base: shown(base), head: shown(head), theirs: shown(theirs) }] : [] }
}

function hunk({ base, head, theirs }: Crossing): Hunk {
  return { base: base.join('\n'), head: head.join('\n'), theirs: theirs.join('\n') }
}

type Texts = [base: string, head: string, theirs: string]

/** What all three say, where each is a text. */
function texts({ base, head, theirs }: Place): Texts | undefined {
  const areTexts = typeof base === 'string' && typeof head === 'string' && typeof theirs === 'string'
  return areTexts ? [base, head, theirs] : undefined
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}

/** The edit as it is to be made of what is stored now. */
function decided(edit: SettingsEdit, places: Place[], chosen: Map<string, Choice[]>): SettingsEdit {
  const values = new Map(places.map((place) => [place.field, value(place, chosen.get(place.field) ?? [])]))
  const custom = [...values].filter(([field, value]) => field.startsWith(CUSTOM) && value !== undefined)
  return {
    slug: values.get('slug') as string | undefined,
    coauthors: edit.coauthors && listedIds(values.get('coauthors') as string),
    custom: edit.custom && Object.fromEntries(custom.map(([field, value]) => [field.slice(CUSTOM.length), value])),
  }
}

function value(place: Place, choices: Choice[]): unknown {
  const { field, base, head, theirs } = place
  const said = texts(place)
  if (said) {
    const text = chosenText(said, choices)
    return field.startsWith(CUSTOM) ? text : text.trim()
  }
  const [choice] = choices
  if (!choice) return isSame(theirs, base) ? head : theirs
  return 'side' in choice ? { base, head, theirs }[choice.side] : parsed(choice.text)
}

/** What two edits make of a text, with what was chosen for each place where they cross. */
function chosenText(texts: Texts, choices: Choice[]): string {
  const left = [...choices]
  const lines = together(...texts).flatMap((part) => {
    if (!isCrossing(part)) return part
    const choice = left.shift()!
    if ('side' in choice) return part[choice.side]
    return choice.text ? choice.text.split('\n') : []
  })
  return lines.join('\n')
}

/** What somebody wrote in place of JSON: a text, unless it is JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

/** A post's coauthors, as the form says them. */
export function coauthorIds(post: Post): string {
  return post.coauthors.map((author) => author.id).join(', ')
}

/** The ids that such a text names. */
export function listedIds(text: string): string[] {
  return text.split(',').map((id) => id.trim()).filter(Boolean)
}
