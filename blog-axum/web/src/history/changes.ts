import { post as request } from '../api'
import { ask } from '../dialog'
import { element, labelled } from '../dom'
import { at, quoted } from '../format'
import type { VersionHeader } from '../model'
import { page } from '../page'

const post = `/api/posts/${page.post}`

/** Asks for a name, and keeps what the post says now under it. */
export async function nameVersion(done: () => void): Promise<void> {
  const message = element('input', { required: true, maxlength: 2000, dir: 'auto', autocomplete: 'off' })
  const made = await ask({
    title: 'Name what is there now',
    content: [labelled('Name', message)],
    confirm: 'Keep it',
    read: () => request(`${post}/versions`, { message: message.value }),
  })
  if (made) done()
}

/** Asks, and makes an earlier version the newest again. Those who are writing see it happen. */
export async function restore({ number, created_at: time, title }: VersionHeader, done: () => void): Promise<void> {
  const text = `The post will say what it said on ${at(time)}, under the title ${quoted(title)}. What it says now stays in the history; who is writing goes on from there.`
  const made = await ask({
    title: `Restore version ${number}?`,
    content: [element('p', {}, text)],
    confirm: 'Restore it',
    read: () => request(`${post}/versions/${number}/restore`),
  })
  if (made) done()
}
