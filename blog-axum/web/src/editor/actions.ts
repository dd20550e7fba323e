import { post as request, reason } from '../api'
import { ask, confirmed } from '../dialog'
import { button, element, labelled } from '../dom'
import { at } from '../format'
import type { Post } from '../model'
import { tell, warn } from '../notices'
import { address, page } from '../page'
import { badge, TRANSITIONS, type Transition } from '../status'
import type { CurrentPost } from './current-post'
import type { Room } from './room'

const DONE: Record<Transition, string> = {
  submit: 'Handed to the editors.',
  publish: 'Published.',
  schedule: 'Scheduled.',
  unpublish: 'It is a draft again.',
  archive: 'Archived.',
  trash: 'Moved to the trash.',
  untrash: 'Taken out of the trash, as a draft.',
}

const IN_MENU: Transition[] = ['submit', 'schedule', 'unpublish', 'archive', 'trash', 'untrash']

/** What can be done with the post as a whole, and where it stands. */
export function actions(room: Room, current: CurrentPost): HTMLElement {
  const standing = element('span', { class: 'standing' })
  const publish = button('Publish', () => change('publish'), { class: 'primary' })
  const list = element('div', { class: 'menu-list', id: 'menu', popover: 'auto' })
  // Before anything is done, so that a dialog gives the focus back to the menu's button.
  list.addEventListener('click', () => list.hidePopover(), { capture: true })
  const menu = button('More', () => {}, { popovertarget: list.id })
  list.addEventListener('toggle', (event) => {
    menu.ariaExpanded = String((event as ToggleEvent).newState === 'open')
    if ((event as ToggleEvent).newState === 'open') list.querySelector<HTMLElement>('a, button')?.focus()
  })

  /** Does something to the post, once the server has all that was written here. */
  const act = async (path: string, done: string, body?: unknown) => {
    if (!(await room.stored())) return warn('Not done: what you wrote is not stored yet.')
    try {
      current.set(await request<Post>(`/api/posts/${page.post}${path}`, body), true)
      void current.look()
      tell(done)
    } catch (error) {
      warn(`Not done: ${reason(error)}`)
    }
  }
  const change = async (name: Transition) => {
    if (name === 'schedule') return schedule()
    if (name === 'trash' && !(await confirmed('Move to the trash?', 'It can be taken out again.', 'Move to trash'))) return
    await act(`/${name}`, DONE[name])
  }
  const schedule = async () => {
    const when = element('input', { type: 'datetime-local', required: true, min: local(new Date()) })
    const planned = current.post.scheduled_at
    when.value = local(planned ? new Date(planned) : new Date(Date.now() + 86_400_000))
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
    const chosen = await ask({
      title: 'Publish later',
      content: [labelled('When', when, `In your own time zone, ${zone}.`)],
      confirm: 'Schedule',
      read: () => new Date(when.value).toISOString(),
    })
    if (chosen) await act('/schedule', DONE.schedule, { at: chosen })
  }
  const name = async () => {
    const message = element('input', { required: true, maxlength: 2000, dir: 'auto' })
    const chosen = await ask({
      title: 'Name this version',
      content: [labelled('Name', message, 'It stands in the history, and can be restored.')],
      confirm: 'Keep it',
      read: () => message.value,
    })
    if (chosen) await act('/versions', 'Kept.', { message: chosen })
  }

  const show = () => {
    const { post, lockedBy } = current
    const parts: (Node | string)[] = [badge(post.status)]
    if (post.status === 'scheduled' && post.scheduled_at) parts.push(element('time', { datetime: post.scheduled_at }, at(post.scheduled_at)))
    const isMine = lockedBy?.id === page.actor.id
    if (lockedBy) parts.push(element('span', { class: 'badge locked' }, isMine ? 'Locked by you' : `Locked by ${lockedBy.name}`))
    standing.replaceChildren(...parts)
    const may = (transition: Transition) => {
      const { from, needs } = TRANSITIONS[transition]
      return page.may.has(needs) && from.includes(post.status)
    }
    publish.hidden = !may('publish')
    publish.textContent = post.status === 'published' ? 'Publish changes' : 'Publish'
    const items: HTMLElement[] = []
    if (page.hasSite) {
      items.push(element('a', { href: address.preview(post.id), target: '_blank' }, 'Preview as a reader'))
      if (post.status === 'published') items.push(element('a', { href: address.reader(post.slug), target: '_blank' }, 'See what readers see now'))
    }
    items.push(element('a', { href: address.history(post.id) }, 'History'))
    if (page.may.has('edit')) {
      items.push(button('Name this version…', name))
      if (!lockedBy) items.push(button('Lock: only I may edit', () => act('/lock', 'Locked. Only you can edit it now.')))
      else if (isMine || page.may.has('act_for_others')) items.push(button('Unlock', () => act('/unlock', 'Unlocked.')))
    }
    items.push(...IN_MENU.filter(may).map((transition) => button(TRANSITIONS[transition].name, () => change(transition))))
    list.replaceChildren(...items)
  }
  current.addEventListener('change', show)
  show()
  return element('div', { class: 'actions' }, standing, publish, element('div', { class: 'menu' }, menu, list))
}

/** A time as `datetime-local` has it: in the writer's own zone, without one. */
function local(time: Date): string {
  const shifted = new Date(time.getTime() - time.getTimezoneOffset() * 60_000)
  return shifted.toISOString().slice(0, 'yyyy-mm-ddThh:mm'.length)
}
