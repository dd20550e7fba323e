import { element } from './dom'
import { at } from './format'

/** Resolves once the page is shown, and the browser has nothing else to do. */
const idle = new Promise<void>((resolve) => {
  const whenIdle = () => (window.requestIdleCallback ?? setTimeout)(() => resolve())
  if (document.readyState === 'complete') whenIdle()
  else addEventListener('load', whenIdle)
})

/** A time, in these words; in full, soon, where somebody points at it. */
export function time(moment: string, words: string): HTMLElement {
  const made = element('time', { datetime: moment }, words)
  // How times are written takes a browser longer, at first, than the rest of a page.
  void idle.then(() => (made.title = at(moment)))
  return made
}
