import type { ModelAnswer, Provenance, VersionKind } from './model'

// Made when they are used first: each may take a browser longer than the rest of a page.
const moment = once(() => new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' }))
const relative = once(() => new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' }))
const whole = once(() => new Intl.NumberFormat('en'))
const money = once(() => new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 6 }))

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

/** How long ago that was; beyond a week, when. */
export function ago(time: string): string {
  const seconds = (Date.parse(time) - Date.now()) / 1000
  if (Math.abs(seconds) > 7 * 86_400) return moment().format(new Date(time))
  for (const [unit, length] of STEPS) {
    if (Math.abs(seconds) >= length) return relative().format(Math.trunc(seconds / length), unit)
  }
  return 'just now'
}

/** A time in full, in the reader's own zone. */
export function at(time: string): string {
  return moment().format(new Date(time))
}

/** `1 post`, `2 posts`. */
export function count(number: number, noun: string): string {
  // Small ones are written without what a browser takes long to load.
  return `${number < 1000 ? number : whole().format(number)} ${noun}${number === 1 ? '' : 's'}`
}

/** A text in quotation marks that runs in its own direction, whatever stands around it. */
export function quoted(text: string): string {
  return `“\u2068${text}\u2069”`
}

/** `gpt-5 · 1,234 tokens · 0.0123`; without the cost where that is not known. */
export function origin({ model, input_tokens, output_tokens, cost_micros }: Provenance): string {
  const facts = [model, count(input_tokens + output_tokens, 'token')]
  if (cost_micros !== null) facts.push(money().format(cost_micros / 1e6))
  return facts.join(' · ')
}

/** The same of an answer of a model; nothing until it has said something. */
export function used({ engine, usage, cost }: ModelAnswer): string {
  if (!engine || !usage) return ''
  const cost_micros = cost === null || cost === undefined ? null : Math.round(cost * 1e6)
  return origin({ model: engine.replace(/^model:/, ''), input_tokens: usage.input, output_tokens: usage.output, cost_micros })
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

function once<Value>(make: () => Value): () => Value {
  let made: Value | undefined
  return () => (made ??= make())
}
