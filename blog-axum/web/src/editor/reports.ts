import { element } from '../dom'
import { count } from '../format'
import type { Report } from '../model'

const KINDS: Record<string, string> = {
  markup: 'HTML was taken out',
  link: 'A link lost its address',
  tool_call: 'A call of a tool was taken out',
  prompt: 'What repeats the instructions was taken out',
  invisible: 'Invisible characters were taken out',
  cut: 'Too long, and cut',
  unfinished: 'The model stopped before the end',
  replaced: 'Left out or replaced',
  shortened: 'Your text was too long for the model, which saw a part of each section',
  not_saved: 'Not saved',
  put_back: 'Stays as it was',
}

/** What the server did to a model's text, to be opened; nothing where it did nothing. */
export function reportList(reports: Report[]): HTMLElement | null {
  if (reports.length === 0) return null
  const items = reports.map(({ what, text }) => {
    const said = text && element('q', { dir: 'auto' }, text)
    return element('li', {}, KINDS[what] ?? what.replaceAll('_', ' '), said && ': ', said)
  })
  return element('details', { class: 'reports' }, element('summary', {}, count(reports.length, 'thing') + ' to know'), element('ul', {}, ...items))
}
