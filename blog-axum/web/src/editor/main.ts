import '../admin.css'
import { reason } from '../api'
import { reloadOnlyWhen } from '../build'
import { element } from '../dom'
import { warn } from '../notices'
import { keepPage } from '../offline'
import { page, root } from '../page'
import { beforeSignOut } from '../sign-out'
import { tellEarlier, toldInTime } from './accepted'
import { actions } from './actions'
import { Assistant } from './assistant'
import { assistantForm } from './assistant-form'
import { assistantLine } from './assistant-line'
import { refuseFiles } from './brought'
import { CurrentPost } from './current-post'
import { details } from './details'
import { toolbar } from './formatting'
import { panes } from './panes'
import { people } from './people'
import { preview } from './preview'
import { Room } from './room'
import { settings } from './settings'
import { stateLine } from './state-line'
import { suggestions } from './suggestions'
import { title } from './title'
import { writing, type Writing } from './writing'

const room = new Room(page.mayEdit)
/** Whether the form that is saved by hand has nothing that is not saved. */
let isUntouched = () => true
const isSafe = () => room.isSafe && isUntouched()
addEventListener('beforeunload', (event) => {
  if (!isSafe()) event.preventDefault()
})

beforeSignOut({
  settle: async () => {
    const [isSettled] = await Promise.all([room.settle(), toldInTime()])
    return isSettled && isUntouched()
  },
  close: () => {
    room.close()
    isUntouched = () => true
  },
  isSafe,
})
refuseFiles()

let editor: Writing | undefined
const assistant = new Assistant(room)
const line = assistantLine(room, assistant, () => editor?.view)
const bar = element('div', { class: 'editor-bar' }, stateLine(room, () => editor?.view), people(room, () => editor?.view), line)
root().append(element('h1', { class: 'hidden' }, 'Edit'), bar)
// What has the focus is scrolled to where the bar is not.
new ResizeObserver(() => (document.documentElement.style.scrollPaddingTop = `${bar.offsetHeight}px`)).observe(bar)
reloadOnlyWhen(() => ['stored', 'reading'].includes(room.saving.kind) && isSafe() && !document.querySelector('dialog[open], .suggestions li'), bar)

async function open(): Promise<void> {
  await room.opened()
  void tellEarlier(room)
  const said = () => (document.title = `${room.title.toString() || 'Untitled'} – ${siteName}`)
  room.title.observe(said)
  said()

  const made = (editor = writing(room, bar))
  const heading = title(room, () => made.view.focus())
  const fields = details(room)
  const shown = preview(room)
  const write = element('div', { class: 'write' }, heading.element, toolbar(made.view), made.view.dom)
  const aside = element('div', {}, fields.element)
  const ai = element('div', { class: 'ai' })
  const parts = panes({ write, preview: shown.element, details: aside, ai }, shown.show)
  if (page.ai) ai.append(assistantForm(assistant, page.ai, parts.showText), suggestions(room, made.change))
  root().append(parts.element)

  let allowed: boolean | undefined
  const allow = () => {
    const mayEdit = room.isEditable
    if (mayEdit === allowed) return
    allowed = mayEdit
    made.allow(mayEdit)
    heading.allow(mayEdit)
    fields.allow(mayEdit)
    write.classList.toggle('read-only', !mayEdit)
    parts.offer('ai', mayEdit && page.ai !== null)
  }
  room.addEventListener('change', allow)
  allow()
  void reading.then((current) => complete(current, aside), complain)
}

/** Adds what needs the server: where the post stands, what can be done with it, and what is saved by hand. */
function complete(current: CurrentPost, aside: HTMLElement): void {
  line.before(actions(room, current))
  const form = settings(current)
  isUntouched = form.isUntouched
  aside.append(form.element)
  room.addEventListener('change', () => form.allow(room.isEditable))
  form.allow(room.isEditable)
  let { mayEdit } = page
  const follow = () => {
    if (mayEdit === current.mayEdit) return
    mayEdit = current.mayEdit
    room.rejoin(mayEdit)
  }
  current.addEventListener('change', follow)
  follow()
  keepPage().catch((error) => console.warn('This page does not open offline.', error))
}

function complain(error: unknown): void {
  warn(reason(error))
}

const siteName = document.title
const reading = CurrentPost.read(room)
reading.catch(() => {})
open().catch(complain)
