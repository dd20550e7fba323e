import { button, element } from './dom'

const SHOWN = 8000

const notices = element('div', { id: 'notices', role: 'status' })
const failures = element('div', { id: 'failures', role: 'alert' })
document.body.append(element('div', { class: 'notices' }, failures, notices))

/** Tells people something, on the page and to screen readers. It goes away by itself. */
export function tell(message: string): void {
  const notice = element('p', { class: 'notice' }, message)
  notices.append(notice)
  setTimeout(() => notice.remove(), SHOWN)
}

/** Tells people that something failed. It stays until it is closed. */
export function warn(message: string): void {
  const notice: HTMLElement = element('p', { class: 'notice failure' }, message, ' ')
  notice.append(button('×', () => notice.remove(), { 'aria-label': 'Close', class: 'plain' }))
  failures.replaceChildren(notice)
}

const spoken = element('p', { class: 'hidden', 'aria-live': 'polite' })
document.body.append(spoken)

/** Says something to screen readers alone. */
export function announce(message: string): void {
  spoken.textContent = message
}
