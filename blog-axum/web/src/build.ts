import { button, element } from './dom'
import { page } from './page'
import { remember, remembered } from './remembered'

const RELOADED_FOR = 'blog-reloaded-for'

let isSafe: () => boolean = () => false
let place: HTMLElement = document.body
let noticed = false

/** Says when the page may reload without losing anything, and at the top of what it says that it is an old one. */
export function reloadOnlyWhen(safe: () => boolean, within = document.body): void {
  isSafe = safe
  place = within
}

/**
 * Notices that the server has another build than the page. Says so, and reloads as soon as nothing
 * would be lost; only once for a build, as nodes may have different ones for a while.
 */
export function noticeBuild(build: string | null): void {
  if (noticed || !build || !page.build || build === page.build) return
  noticed = true
  place.prepend(
    element(
      'div',
      { class: 'banner', role: 'status' },
      'There is a new version of this page. ',
      button('Reload now', () => {
        if (isSafe() || window.confirm('Not everything is stored yet. Reload all the same?')) location.reload()
      }),
    ),
  )
  if (remembered('sessionStorage', RELOADED_FOR) === build) return
  const timer = setInterval(() => {
    if (!isSafe()) return
    clearInterval(timer)
    // A page that cannot tell whether it has reloaded already would do so again and again.
    if (remember('sessionStorage', RELOADED_FOR, build)) location.reload()
  }, 1000)
}
