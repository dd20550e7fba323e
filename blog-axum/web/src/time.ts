import { element } from './dom'
import { at } from './format'

/** A time, in these words; in full where somebody points at it. */
export function time(time: string, words: string): HTMLElement {
  const shown = element('time', { datetime: time }, words)
  // How times are written takes a browser longer, at first, than the rest of a page.
  shown.addEventListener('pointerenter', () => (shown.title = at(time)), { once: true })
  return shown
}
