import type { Text, YTextEvent } from 'yjs'

/** What turns one text into another: so much is the same at its beginning, and this stands in between. */
function difference(before: string, after: string): { at: number; removed: number; inserted: string } {
  const shorter = Math.min(before.length, after.length)
  let at = 0
  while (at < shorter && before[at] === after[at]) at += 1
  // Half a surrogate pair is no character.
  if (/[\ud800-\udbff]$/.test(after.slice(0, at)) || /[\ud800-\udbff]$/.test(before.slice(0, at))) at -= 1
  let same = 0
  while (same < shorter - at && before.at(-1 - same) === after.at(-1 - same)) same += 1
  if (/^[\udc00-\udfff]/.test(after.slice(after.length - same))) same -= 1
  return { at, removed: before.length - at - same, inserted: after.slice(at, after.length - same) }
}

type Delta = YTextEvent['delta']

/** Where a position is after an edit. */
function moved(position: number, edit: Delta): number {
  let at = 0
  for (const { retain = 0, delete: removed = 0, insert } of edit) {
    const length = typeof insert === 'string' ? insert.length : 0
    at += retain
    if (position > at) position = Math.max(at, position - removed) + length
    at += length
  }
  return position
}

/** Where a character is after an edit; nothing if that has taken it away. */
function followed(position: number | undefined, edit: Delta): number | undefined {
  if (position === undefined) return undefined
  let [before, after] = [0, 0]
  for (const { retain = 0, delete: removed = 0, insert } of edit) {
    if (position < before + retain) break
    if (position < before + retain + removed) return undefined
    before += retain + removed
    after += retain + (typeof insert === 'string' ? insert.length : 0)
  }
  return after + position - before
}

/** Keeps a field and a text of the room the same, and the cursor where it was. The text is one line. */
export function bindText(field: HTMLTextAreaElement, text: Text): void {
  const said = () => text.toString()
  let isComposing = false
  /** What the room said when the field was like it, and what others have edited since. */
  let shown = said()
  let since: Delta[] = []
  field.value = shown
  field.addEventListener('compositionstart', () => (isComposing = true))
  field.addEventListener('compositionend', () => {
    isComposing = false
    take()
  })
  field.addEventListener('input', () => {
    // What is being composed is not decided yet.
    if (!isComposing) take()
  })

  function take(): void {
    const { selectionStart, selectionEnd } = field
    const line = field.value.toWellFormed().replaceAll(/[\r\n\0]/g, ' ')
    if (line !== field.value) show(line, selectionStart, selectionEnd)
    const { at, removed, inserted } = difference(shown, line)
    const from = since.reduce(moved, at)
    text.doc!.transact(() => {
      text.insert(from, inserted)
      const edits: Delta[] = [...since, [{ retain: from }, { insert: inserted }]]
      let position = at
      // One by one: what others have put in between stays.
      for (const { length } of shown.slice(at, at + removed)) {
        const place = edits.reduce<number | undefined>(followed, position)
        position += length
        if (place === undefined) continue
        text.delete(place, length)
        edits.push([{ retain: place }, { delete: length }])
      }
    }, field)
    shown = said()
    if (since.length > 0) show(shown, from + inserted.length, from + inserted.length)
    since = []
  }

  function show(value: string, start: number, end: number): void {
    field.value = value
    field.setSelectionRange(start, end)
  }

  text.observe(({ delta }, { origin }) => {
    if (origin === field) return
    // A field that is changed forgets what is being composed in it.
    if (isComposing) return void since.push(delta)
    const [start, end] = [moved(field.selectionStart, delta), moved(field.selectionEnd, delta)]
    shown = said()
    show(shown, start, end)
  })
}
