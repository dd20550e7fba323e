import type { VersionKind } from './model'

const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' })

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

/** How long ago that was; beyond a week, when. */
export function ago(time: string): string {
  const seconds = (Date.parse(time) - Date.now()) / 1000
  if (Math.abs(seconds) > 7 * 86_400) return moment.format(new Date(time))
  for (const [unit, length] of STEPS) {
    if (Math.abs(seconds) >= length) return relative.format(Math.trunc(seconds / length), unit)
  }
  return 'just now'
}

/** A time in full, in the reader's own zone. */
export function at(time: string): string {
  return moment.format(new Date(time))
}

/** `1 post`, `2 posts`. */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString()} ${noun}${number === 1 ? '' : 's'}`
}

/** How a version came about, in words. */
export const KINDS: Record<VersionKind, string> = {
  manual: 'Saved',
  autosave: 'Saved by itself',
  collab: 'Written together',
  ai: 'Written with a model',
  merge: 'Merged',
  restore: 'Restored',
  import: 'Imported',
}
