import { ask } from '../dialog'
import { element } from '../dom'
import { tell } from '../notices'

/** Copies a text; where the browser lets no page do that, as without HTTPS, shows it to be copied by hand. */
export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
    tell('Copied.')
  } catch {
    const field = element('textarea', { class: 'code', rows: 12, readonly: true, dir: 'auto', 'aria-label': 'Your text' })
    field.value = text
    const answered = ask({
      title: 'Copy your text',
      class: 'wide',
      content: [element('p', {}, 'Your browser does not copy it for this page. It is selected: press Ctrl+C, or ⌘C.'), field],
      confirm: 'Done',
      read: () => true,
    })
    field.select()
    await answered
  }
}
