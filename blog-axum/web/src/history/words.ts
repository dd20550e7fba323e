import { diffArrays, diffWordsWithSpace } from 'diff'
import { element } from '../dom'

/** Two texts, the differences marked by word. */
export interface Compared {
  /** Both in one. */
  inline: Node[]
  /** Beside each other. */
  old: Node[]
  new: Node[]
  isSame: boolean
}

interface Piece {
  kind: 'same' | 'old' | 'new'
  text: string
}

/** Lines that differ are compared by word no further than this: nobody could read it. */
const WORDS_AT_ONCE = 20_000

/** Compares two texts by word; by line first, so that long texts take no longer than their changes. */
export function pieces(before: string, after: string): Piece[] {
  const found: Piece[] = []
  let removed = ''
  let added = ''
  const flush = () => {
    if (removed && added && removed.length + added.length <= WORDS_AT_ONCE) {
      for (const { value, added: isNew, removed: isOld } of diffWordsWithSpace(removed, added)) {
        found.push({ kind: isNew ? 'new' : isOld ? 'old' : 'same', text: value })
      }
    } else {
      if (removed) found.push({ kind: 'old', text: removed })
      if (added) found.push({ kind: 'new', text: added })
    }
    removed = added = ''
  }
  for (const { value, added: isNew, removed: isOld } of diffArrays(lines(before), lines(after))) {
    const text = value.join('')
    if (isNew) added += text
    else if (isOld) removed += text
    else {
      flush()
      found.push({ kind: 'same', text })
    }
  }
  flush()
  return found
}

/** Compares two texts, and marks what differs. */
export function words(before: string, after: string): Compared {
  const compared = pieces(before, after)
  const nodes = (wanted: Piece['kind'][]) => compared.filter(({ kind }) => wanted.includes(kind)).map(marked)
  return {
    inline: nodes(['same', 'old', 'new']),
    old: nodes(['same', 'old']),
    new: nodes(['same', 'new']),
    isSame: compared.every(({ kind }) => kind === 'same'),
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
