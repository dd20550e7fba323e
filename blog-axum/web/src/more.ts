import { reason } from './api'
import { button } from './dom'
import { warn } from './notices'

/**
 * A button that brings the next part of a list. While that is on its way another press does nothing, and
 * where it fails the next tries again.
 */
export function moreButton(text: string, bring: () => Promise<void>): HTMLButtonElement {
  let isBringing = false
  const made = button(
    text,
    async () => {
      if (isBringing) return
      isBringing = true
      // Not `disabled`: whoever is on it by keyboard stays there.
      made.ariaDisabled = 'true'
      await bring().catch((error) => warn(reason(error)))
      isBringing = false
      made.ariaDisabled = null
    },
    { class: 'more' },
  )
  return made
}
