// What is pasted or dropped. Text is taken as the text that it is, formatted or not; the server has no
// place for files yet.

import { warn } from '../notices'
import { page } from '../page'

/** What an update has besides its text, at most. */
const ENVELOPE = 1024

/** Why what was brought cannot be taken, if it cannot: `text` is what it would stand in. */
function refusal(brought: DataTransfer, text: string): string | undefined {
  const said = brought.getData('text/plain')
  // Office programs bring a picture of their text along with it.
  if (brought.files.length > 0 && !said) return noFile(brought.files[0]!)
  const size = bytes(said)
  if (size > page.messageBytes - ENVELOPE) return `Not pasted: the server takes ${inWords(page.messageBytes)} at once. Paste it in parts.`
  if (size + bytes(text) > page.bodyBytes) return `Not pasted: the text would be longer than the ${inWords(page.bodyBytes)} that the server takes. Put a part of it into another post.`
  return undefined
}

function noFile({ type, name }: File): string {
  if (type.startsWith('image/')) return 'Pictures cannot be uploaded yet. Put the picture somewhere on the web, and write ![what it shows](its address).'
  return `Files cannot be uploaded yet. Put “${name}” somewhere on the web, and write [its name](its address).`
}

/** Whether what is pasted into a text, or dropped on it, cannot be taken. Says why. */
export function isRefused(event: ClipboardEvent | DragEvent, text: string): boolean {
  const brought = event instanceof DragEvent ? event.dataTransfer : event.clipboardData
  if (!brought) return false
  const dropped = event instanceof DragEvent ? brought.files[0] : undefined
  const why = dropped ? noFile(dropped) : refusal(brought, text)
  if (why) warn(why)
  return why !== undefined
}

/** Keeps a file that is dropped or pasted beside the text from being opened in place of the page. */
export function refuseFiles(): void {
  const hasFiles = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes('Files') ?? false
  addEventListener('dragover', (event) => hasFiles(event) && event.preventDefault())
  for (const kind of ['drop', 'paste'] as const) {
    addEventListener(kind, (event) => {
      const brought = event instanceof DragEvent ? event.dataTransfer : event.clipboardData
      if (!event.defaultPrevented && brought?.files.length && isRefused(event, '')) event.preventDefault()
    })
  }
}

function bytes(text: string): number {
  return new TextEncoder().encode(text).length
}

function inWords(bytes: number): string {
  return bytes < 1 << 20 ? `${Math.floor(bytes / 1024)} KB` : `${Math.floor(bytes / 104_857.6) / 10} MB`
}
