// Signing out leaves nothing in this browser, but for what the server has not stored: whoever signs out
// says what becomes of that.

import { ask, confirmed } from './dialog'
import { element } from './dom'
import { count } from './format'
import { forgetDocuments, unsentPosts, type Unsent } from './kept'
import { warn } from './notices'
import { forgetPages } from './offline'
import { address, page } from './page'

/** A page that writes. */
interface Writer {
  /** Has what was written last be kept; false if it is in the tab alone. */
  settle: () => Promise<boolean>
  /** Writes no more, and needs nothing any more. */
  close: () => void
}

const tabs = new BroadcastChannel(`blog:${page.base}:sign-out`)
let writer: Writer | undefined

/** Says what a page has to do before its reader is signed out. */
export function beforeSignOut(by: Writer): void {
  writer = by
}

// Whatever template the form is in.
document.addEventListener('submit', (event) => {
  const form = event.target as HTMLFormElement
  if (new URL(form.action, location.href).pathname !== address.signOut()) return
  event.preventDefault()
  signOut(form).catch((error) => warn(`You are not signed out: ${String(error)}`))
})

async function signOut(form: HTMLFormElement): Promise<void> {
  // A proxy whose server is away says so by such a number.
  const isThere = await fetch(address.signIn(), { method: 'HEAD', redirect: 'manual' }).then(({ status }) => status < 500, () => false)
  if (!isThere) return warn('You are not signed out: the server cannot be reached.')
  if (writer && !(await writer.settle()) && !(await mayLose())) return
  // Where the browser keeps nothing, nothing has to go.
  const unsent = await unsentPosts().catch(() => [])
  const spared = unsent.length > 0 ? await spare(unsent) : []
  if (!spared) return
  writer?.close()
  await forgetDocuments(spared).catch(() => {})
  await forgetPages().catch(() => {})
  tabs.postMessage(page.actor.id)
  form.submit()
}

/** Asks whether text may go that is kept nowhere. */
function mayLose(): Promise<boolean> {
  const text = 'The server has not stored all that you wrote here, and this browser does not keep it. If you sign out, it is gone for good.'
  return confirmed('What you wrote is in this tab alone', text, 'Sign out and lose it')
}

/** Asks what becomes of text that the server has not stored: the posts that keep it, if it is answered. */
function spare(unsent: Unsent[]): Promise<string[] | undefined> {
  const choice = (value: string, text: string, hint: string) =>
    element(
      'label',
      { class: 'choice' },
      element('input', { type: 'radio', name: 'unsent', value, checked: value === 'keep' }),
      element('span', {}, element('b', {}, text), element('br'), hint),
    )
  const keep = choice('keep', 'Keep it in this browser', 'It is sent once you sign in here again and open the post. Others who use this browser could get at it.')
  const remove = choice('delete', 'Delete it', 'It is gone for good.')
  const posts = unsent.map(({ post, title }) => element('li', {}, element('a', { href: address.edit(post), target: '_blank', dir: 'auto' }, title || 'Untitled')))
  return ask({
    title: 'Not everything is stored',
    content: [
      element('p', {}, `The server does not have all that you wrote in ${count(unsent.length, 'post')}. To have it stored, open it and wait:`),
      element('ul', {}, ...posts),
      element('fieldset', {}, element('legend', {}, 'If you sign out now'), keep, remove),
    ],
    confirm: 'Sign out',
    read: () => (keep.querySelector('input')!.checked ? unsent.map(({ post }) => post) : []),
  })
}

// What other tabs show is not for whoever comes next.
tabs.addEventListener('message', ({ data }) => {
  if (data !== page.actor.id) return
  writer?.close()
  const again = element('a', { href: location.href, class: 'button' }, 'Sign in')
  const text = element('p', {}, 'You have signed out in another tab.')
  document.body.replaceChildren(element('main', {}, element('h1', {}, 'Signed out'), text, again))
})
