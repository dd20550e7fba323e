import { call } from '../api'
import { ask } from '../dialog'
import { element, labelled } from '../dom'
import type { Post } from '../model'
import { address } from '../page'

/** Asks for a title, and goes on to the new post. */
export async function write(): Promise<void> {
  const title = element('input', { required: true, maxlength: 300, dir: 'auto', autocomplete: 'off' })
  const made = await ask({
    title: 'New post',
    content: [labelled('Title', title, 'It can be changed later.')],
    confirm: 'Begin to write',
    read: () => call<Post>('POST', '/api/posts', { body: { title: title.value.trim(), body: '' } }),
  })
  if (made) location.href = address.edit(made.id)
}
