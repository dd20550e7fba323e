import { diffArrays } from 'diff'

type Lines = string[]

/** A place that two edits have both changed: what it was, what one has made of it, and what the other. */
export interface Crossing {
  base: Lines
  head: Lines
  theirs: Lines
}

/** Lines that one edit has replaced. */
interface Change {
  from: number
  to: number
  lines: Lines
}

/**
 * What two edits of a text make of it together, from its beginning to its end: lines that are decided, and
 * places where the two cross.
 */
export function together(base: string, head: string, theirs: string): (Lines | Crossing)[] {
  const before = base.split('\n')
  const [one, other] = [changes(before, head.split('\n')), changes(before, theirs.split('\n'))]
  const parts: (Lines | Crossing)[] = []
  let at = 0
  for (const [from, to] of places([...one, ...other])) {
    const place = { base: before.slice(from, to), head: within(before, from, to, one), theirs: within(before, from, to, other) }
    parts.push(before.slice(at, from), decided(place))
    at = to
  }
  parts.push(before.slice(at))
  return parts
}

/** Whether the two cross there. */
export function isCrossing(part: Lines | Crossing): part is Crossing {
  return !Array.isArray(part)
}

function decided(place: Crossing): Lines | Crossing {
  const [base, head, theirs] = [place.base, place.head, place.theirs].map((lines) => JSON.stringify(lines))
  if (theirs === base || theirs === head) return place.head
  return head === base ? place.theirs : place
}

function changes(before: Lines, after: Lines): Change[] {
  const found: Change[] = []
  let at = 0
  let change: Change | undefined
  for (const { value, added, removed } of diffArrays(before, after)) {
    if (!added && !removed) {
      change = undefined
      at += value.length
      continue
    }
    if (!change) found.push((change = { from: at, to: at, lines: [] }))
    if (added) change.lines.push(...value)
    else change.to = at += value.length
  }
  return found
}

/** Where something was changed: changes that touch each other are in one place. */
function places(changes: Change[]): [from: number, to: number][] {
  const found: [number, number][] = []
  for (const { from, to } of changes.sort((one, other) => one.from - other.from)) {
    const last = found.at(-1)
    if (last && from <= last[1]) last[1] = Math.max(last[1], to)
    else found.push([from, to])
  }
  return found
}

/** What an edit has made of these lines. */
function within(before: Lines, from: number, to: number, changes: Change[]): Lines {
  const lines: Lines = []
  let at = from
  for (const change of changes.filter((change) => change.from >= from && change.to <= to)) {
    lines.push(...before.slice(at, change.from), ...change.lines)
    at = change.to
  }
  return [...lines, ...before.slice(at, to)]
}
