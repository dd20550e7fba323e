import { post, reason } from '../api'
import { element } from '../dom'
import type { Room } from './room'

const PAUSE = 250

/** The text as readers will see it, by the server's own renderer; made anew when writing pauses. */
export function preview(room: Room): { element: HTMLElement; show: () => void } {
  const title = element('h1', { dir: 'auto' })
  const body = element('div', { class: 'body', dir: 'auto' })
  const wrong = element('p', { class: 'soft' })
  const pane = element('article', { class: 'preview' }, title, wrong, body)
  let shown: string | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  const show = async () => {
    timer = undefined
    if (!pane.checkVisibility()) return
    title.textContent = room.title.toString()
    const text = room.body.toString()
    if (text === shown) return
    shown = text
    try {
      const { html } = await post<{ html: string }>('/admin/preview', { body: text })
      if (shown !== text) return
      // The server has sanitised it.
      body.innerHTML = html
      wrong.textContent = ''
    } catch (error) {
      shown = undefined
      wrong.textContent = `No preview: ${reason(error)}`
    }
  }
  const soon = () => {
    timer ??= setTimeout(show, PAUSE)
  }
  room.doc.on('update', soon)
  return { element: pane, show: soon }
}
