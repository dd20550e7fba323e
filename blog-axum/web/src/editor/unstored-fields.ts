import * as Y from 'yjs'
import type { Seo } from '../model'

/** What fields said before something of them was edited that the server has not stored, by their names. */
export type Before = Record<string, unknown>

/** How three values of a field become one: `now` is what stands in the room, be it either's. */
type Merge = (before: unknown, theirs: unknown, mine: unknown, now: unknown) => unknown

const MERGES: Record<string, Merge> = {
  tags: (before, theirs, mine) => mergedWords(words(before), words(theirs), words(mine)),
  seo: (before, theirs, mine, now) => mergedSeo(seo(before), seo(theirs), seo(mine), seo(now)),
}

/**
 * Fields that are one value each in the room, but many things to people: tags, and what search engines are
 * told. Of two values that come at once the room keeps one, whole. So what was edited here and is not stored
 * yet is put into what others have made of the field meanwhile.
 */
export class UnstoredFields {
  private readonly before = new Map<string, unknown>()
  private readonly said = new Map<string, unknown>()

  /** `isTheirs` knows what comes from others; `isKept`, what this browser has kept. */
  constructor(
    private readonly meta: Y.Map<unknown>,
    private readonly isTheirs: (origin: unknown) => boolean,
    private readonly isKept: (origin: unknown) => boolean,
  ) {
    meta.observe((event, { origin }) => {
      for (const name of Object.keys(MERGES)) {
        if (event.keysChanged.has(name)) this.heard(name, event, origin)
      }
    })
  }

  /** What this browser keeps along with the edits. */
  get all(): Before {
    return Object.fromEntries(this.before)
  }

  /** Edits that an earlier tab has left began with these. */
  began(before: Before): void {
    for (const [name, value] of Object.entries(before)) {
      if (!this.before.has(name)) this.before.set(name, value)
    }
  }

  /** The server has stored all edits. */
  stored(): void {
    this.before.clear()
  }

  private heard(name: string, event: Y.YMapEvent<unknown>, origin: unknown): void {
    const mine = this.said.get(name)
    const now = this.meta.get(name)
    this.said.set(name, now)
    if (this.isKept(origin)) return
    if (!this.isTheirs(origin)) {
      if (!this.before.has(name)) this.before.set(name, mine)
      return
    }
    if (!this.before.has(name)) return
    const theirs = newest(this.meta, name, event)
    const merged = MERGES[name]!(this.before.get(name), theirs, mine, now)
    this.before.set(name, theirs)
    if (!isSame(merged, now)) this.meta.set(name, merged)
  }
}

/** The newest of the values that an event has brought, whether or not the room has taken it. */
function newest(meta: Y.Map<unknown>, name: string, { transaction }: Y.YMapEvent<unknown>): unknown {
  const { beforeState, afterState } = transaction
  /** What these clients said last, by the time that their clocks stood there, whoever has outdone them. */
  const said = (...clocks: [client: number, clock: number][]) =>
    Y.typeMapGetSnapshot(meta, name, Y.createSnapshot(Y.createDeleteSet(), new Map(clocks)))
  const bringers = [...afterState].filter(([client, clock]) => said([client, clock]) !== said([client, beforeState.get(client) ?? 0]))
  return said(...bringers) ?? meta.get(name)
}

/** What others and I have made of a set: what either took away is gone, what either added is there. */
export function mergedWords(before: string[], theirs: string[], mine: string[]): string[] {
  const kept = theirs.filter((word) => mine.includes(word) || !before.includes(word))
  return [...kept, ...mine.filter((word) => !before.includes(word) && !kept.includes(word))]
}

/** What only one of us has changed is as they say; what both have, as the room says. */
function mergedSeo(before: Partial<Seo>, theirs: Partial<Seo>, mine: Partial<Seo>, now: Partial<Seo>): Partial<Seo> {
  const merged: Record<string, unknown> = { ...theirs }
  for (const key of Object.keys({ ...before, ...mine }) as (keyof Seo)[]) {
    if (isSame(mine[key], before[key])) continue
    merged[key] = isSame(theirs[key], before[key]) ? mine[key] : now[key]
  }
  return { ...merged, keywords: mergedWords(words(before.keywords), words(theirs.keywords), words(mine.keywords)) }
}

function words(said: unknown): string[] {
  return Array.isArray(said) ? said.filter((word) => typeof word === 'string') : []
}

function seo(said: unknown): Partial<Seo> {
  return typeof said === 'object' && said !== null && !Array.isArray(said) ? said : {}
}

/** Whether two values mean the same: words in another order do, and so does nothing in whichever form. */
function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(meaning(one)) === JSON.stringify(meaning(other))
}

function meaning(value: unknown): unknown {
  if (Array.isArray(value)) return value.length > 0 ? value.toSorted() : null
  if (typeof value !== 'object' || value === null) return value ?? null
  const entries = Object.entries(value).map(([key, inner]) => [key, meaning(inner)] as const)
  return entries.filter(([, inner]) => inner !== null).sort(([one], [another]) => (one < another ? -1 : 1))
}
