// Signing out leaves nothing in this browser, but for what the server has not stored: whoever signs out
// says what becomes of that. Which of a model's words they have accepted stays until the server is told.

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
  /** Whether nothing is in the tab alone. */
  isSafe: () => boolean
}

/** Who has signed out in another tab, and which posts' text they left in this browser. */
interface Left {
  actor: string
  spared: string[]
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
  if (form.ariaBusy === 'true') return
  form.ariaBusy = 'true'
  signOut(form)
    .catch((error) => warn(`You are not signed out: ${String(error)}`))
    .finally(() => (form.ariaBusy = null))
})

async function signOut(form: HTMLFormElement): Promise<void> {
  // A proxy whose server is away says so by such a number.
  const isThere = await fetch(address.signIn(), { method: 'HEAD', redirect: 'manual' }).then(({ status }) => status < 500, () => false)
  if (!isThere) return warn('You are not signed out: the server cannot be reached.')
  if (writer && !(await writer.settle()) && !(await mayLose())) return
  const spared = await sparedPosts()
  if (!spared) return
  writer?.close()
  const left: Left = { actor: page.actor.id, spared }
  tabs.postMessage(left)
  await forgetDocuments(spared).catch(() => {})
  await forgetPages().catch(() => {})
  form.submit()
}

/** The posts whose text stays in this browser; `undefined` if who is asked stays signed in. */
async function sparedPosts(): Promise<string[] | undefined> {
  let asked: Unsent[] = []
  let spared: string[] | undefined = []
  while (spared) {
    // Where the browser keeps nothing, nothing has to go.
    const unsent = await unsentPosts().catch(() => [])
    // Other tabs may have written meanwhile.
    if (unsent.every(({ post }) => asked.some((one) => one.post === post))) break
    asked = unsent
    spared = await spare(unsent)
  }
  return spared
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
      element('p', {}, `The server does not have all that you wrote in ${count(unsent.length, 'post')}. Open it to have it stored, or to copy it if the post is gone:`),
      element('ul', {}, ...posts),
      element('fieldset', {}, element('legend', {}, 'If you sign out now'), keep, remove),
    ],
    confirm: 'Sign out',
    read: () => (keep.querySelector('input')!.checked ? unsent.map(({ post }) => post) : []),
  })
}

// What other tabs show is not for whoever comes next.
tabs.addEventListener('message', ({ data: { actor, spared } }: MessageEvent<Left>) => {
  if (actor !== page.actor.id) return
  // Text that is nowhere else stays on the page until its writer comes back.
  if (writer && !writer.isSafe()) return
  writer?.close()
  // What this tab kept last may have come after all was deleted.
  forgetDocuments(spared).catch(() => {})
  const heading = element('h1', { tabindex: '-1' }, 'Signed out')
  const again = element('a', { href: location.href, class: 'button' }, 'Sign in')
  const text = element('p', {}, 'You have signed out in another tab.')
  document.title = 'Signed out'
  document.body.replaceChildren(element('main', {}, heading, text, again))
  heading.focus()
})
