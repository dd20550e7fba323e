import { post, reason } from '../api'
import { element } from '../dom'
import { page } from '../page'
import type { Room } from './room'

/** Writing has to pause for so long, */
const PAUSE = 300
/** unless it has gone on for so long. */
const PATIENCE = 2000
/** A preview that takes long is made less often: it takes at most this part of the time. */
const SHARE = 0.2

/** The text as readers will see it, by the server's own renderer; made anew when writing pauses. */
export function preview(room: Room): { element: HTMLElement; show: () => void } {
  // A heading that says nothing is none.
  const title = element('h1', { dir: 'auto', hidden: true })
  const body = element('div', { class: 'body', dir: 'auto' })
  const wrong = element('p', { class: 'soft' })
  const pane = element('article', { class: 'preview' }, title, wrong, body)
  let shown: string | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let pause = PAUSE
  let isMaking = false
  /** When the first edit was made that is not shown. */
  let since: number | undefined

  const show = async () => {
    timer = undefined
    since = undefined
    if (!pane.checkVisibility()) return
    title.textContent = room.title.toString()
    title.hidden = title.textContent.trim() === ''
    const text = room.body.toString()
    if (text === shown) return
    isMaking = true
    const start = performance.now()
    try {
      const { html } = await post<{ html: string }>('/admin/preview', { body: text })
      await idle()
      replace(body, html)
      shown = text
      wrong.textContent = ''
    } catch (error) {
      wrong.textContent = `No preview: ${reason(error)}`
    }
    isMaking = false
    pause = Math.max(PAUSE, (performance.now() - start) / SHARE)
    if (since !== undefined) soon()
  }
  const soon = () => {
    since ??= performance.now()
    if (isMaking) return
    clearTimeout(timer)
    const left = since + Math.max(PATIENCE, pause) - performance.now()
    timer = setTimeout(show, Math.max(0, Math.min(pause, left)))
  }
  room.doc.on('update', soon)
  // What could not be made while the server was away.
  room.provider.on('sync', soon)
  return { element: pane, show: soon }
}

/** Lets keys go first. */
function idle(): Promise<void> {
  if (!('requestIdleCallback' in window)) return Promise.resolve()
  return new Promise((resolve) => requestIdleCallback(() => resolve(), { timeout: PATIENCE }))
}

/** Says in words what pictures of other sites there are: to ask for one would tell its site who writes here. */
function describeForeign(content: DocumentFragment): void {
  for (const picture of content.querySelectorAll('img')) {
    const address = picture.getAttribute('src') ?? ''
    if (isShown(address)) continue
    const what = `Picture, which only readers load: ${picture.alt || 'without a description'} `
    picture.replaceWith(element('span', { class: 'picture', dir: 'auto' }, what, element('bdi', {}, address)))
  }
}

/** As the page's policy has it. */
function isShown(address: string): boolean {
  if (!URL.canParse(address, document.baseURI)) return false
  const { protocol, origin } = new URL(address, document.baseURI)
  return protocol === 'data:' || origin === location.origin || page.pictures.has(origin)
}

/** Puts HTML, which the server has sanitised, in place of what is there; what is the same stays. */
function replace(body: HTMLElement, html: string): void {
  const template = document.createElement('template')
  template.innerHTML = html
  describeForeign(template.content)
  const [before, after] = [[...body.childNodes], [...template.content.childNodes]]
  let start = 0
  while (start < Math.min(before.length, after.length) && before[start]!.isEqualNode(after[start]!)) start += 1
  let end = 0
  const rest = Math.min(before.length, after.length) - start
  while (end < rest && before.at(-1 - end)!.isEqualNode(after.at(-1 - end)!)) end += 1
  const next = before[before.length - end] ?? null
  for (const node of before.slice(start, before.length - end)) node.remove()
  for (const node of after.slice(start, after.length - end)) body.insertBefore(node, next)
}
