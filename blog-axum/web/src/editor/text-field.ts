import type { Text } from 'yjs'

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

/** Keeps a field and a text of the room the same, and the cursor where it was. The text is one line. */
export function bindText(field: HTMLTextAreaElement, text: Text): void {
  const said = () => text.toString()
  field.value = said()
  field.addEventListener('input', (event) => {
    // What is being composed is not decided yet.
    if ((event as InputEvent).isComposing) return
    take()
  })
  field.addEventListener('compositionend', take)

  function take(): void {
    const { selectionStart, selectionEnd } = field
    const line = field.value.toWellFormed().replaceAll(/[\r\n\0]/g, ' ')
    if (line !== field.value) {
      field.value = line
      field.setSelectionRange(selectionStart, selectionEnd)
    }
    const { at, removed, inserted } = difference(said(), line)
    text.doc!.transact(() => {
      text.delete(at, removed)
      text.insert(at, inserted)
    }, field)
  }

  text.observe((event, transaction) => {
    if (transaction.origin === field) return
    let [start, end] = [field.selectionStart, field.selectionEnd]
    let at = 0
    for (const { retain = 0, delete: removed = 0, insert } of event.delta) {
      const length = typeof insert === 'string' ? insert.length : 0
      at += retain
      const moved = (position: number) => (position > at ? Math.max(at, position - removed) + length : position)
      start = moved(start)
      end = moved(end)
      at += length
    }
    field.value = said()
    field.setSelectionRange(start, end)
  })
}
