import { diffArrays, diffWordsWithSpace } from 'diff'
import { element } from '../dom'

/** A part of two texts: lines that are the same, or that differ. */
export interface Block {
  /** Both in one. */
  inline: Node[]
  /** Beside each other. */
  old: Node[]
  new: Node[]
  isSame: boolean
}

/** A part of a text that stays, goes, or comes in. */
export interface Piece {
  kind: 'same' | 'old' | 'new'
  text: string
}

/** Lines that differ are compared by word no further than this: nobody could read it. */
const WORDS_AT_ONCE = 20_000

/**
 * Compares two texts, and marks the words that differ. By line first, from both ends, so that long texts take no
 * longer than their changes.
 */
export function words(before: string, after: string): Block[] {
  const blocks: Block[] = []
  let removed = ''
  let added = ''
  const flush = () => {
    if (removed || added) blocks.push(block(pieces(removed, added)))
    removed = added = ''
  }
  const same = (text: string) => {
    flush()
    if (text) blocks.push(block([{ kind: 'same', text }]))
  }
  const [old, now] = [lines(before), lines(after)]
  const start = sameLines(old, now, (count) => count)
  const [oldRest, newRest] = [old.slice(start), now.slice(start)]
  const end = sameLines(oldRest, newRest, (count) => -1 - count)
  const middle = (rest: string[]) => rest.slice(0, rest.length - end)
  same(old.slice(0, start).join(''))
  for (const { value, added: isNew, removed: isOld } of diffArrays(middle(oldRest), middle(newRest))) {
    const text = value.join('')
    if (isNew) added += text
    else if (isOld) removed += text
    else same(text)
  }
  same(old.slice(old.length - end).join(''))
  return blocks
}

/** How many lines two texts have in common from one of their ends, behind so many of which the next is there. */
function sameLines(old: string[], now: string[], next: (count: number) => number): number {
  const most = Math.min(old.length, now.length)
  let count = 0
  while (count < most && old.at(next(count)) === now.at(next(count))) count += 1
  return count
}

/** What makes one text of another, by word. */
export function pieces(before: string, after: string): Piece[] {
  if (before.length + after.length > WORDS_AT_ONCE) {
    return [
      { kind: 'old', text: before },
      { kind: 'new', text: after },
    ]
  }
  return diffWordsWithSpace(before, after).map(({ value, added: isNew, removed: isOld }) => ({
    kind: isNew ? 'new' : isOld ? 'old' : 'same',
    text: value,
  }))
}

function block(all: Piece[]): Block {
  const nodes = (...wanted: Piece['kind'][]) => all.filter(({ kind, text }) => text && wanted.includes(kind)).map(marked)
  return {
    inline: nodes('same', 'old', 'new'),
    old: nodes('same', 'old'),
    new: nodes('same', 'new'),
    isSame: all.every(({ kind }) => kind === 'same'),
  }
}

function marked({ kind, text }: Piece): Node {
  if (kind === 'old') return element('del', {}, text)
  if (kind === 'new') return element('ins', {}, text)
  return document.createTextNode(text)
}

/** With their ends, so that the lines together are the text. */
function lines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}
