import { button, element } from '../dom'

type Name = 'write' | 'preview' | 'details' | 'ai'

const NAMES: Record<Name, string> = { write: 'Write', preview: 'Preview', details: 'Details', ai: 'Write with AI' }

/** The parts of the editor, and what is done with them. */
export interface Panes {
  element: HTMLElement
  /** Says whether a part can be chosen. */
  offer: (name: Name, isOffered: boolean) => void
  /** Shows the text, where another part is in its place. */
  showText: () => void
}

/**
 * The parts of the editor. On a wide screen the text is always there, and beside it one of the others;
 * on a narrow one there is one of them.
 */
export function panes(parts: Record<Name, HTMLElement>, onshow: () => void): Panes {
  const names = Object.keys(NAMES) as Name[]
  const tabs = names.map((name) =>
    button(NAMES[name], () => show(name), { role: 'tab', id: `tab-${name}`, 'aria-controls': `pane-${name}`, 'data-pane': name }),
  )
  const panels = names.map((name) =>
    element('section', { role: 'tabpanel', id: `pane-${name}`, 'aria-labelledby': `tab-${name}`, 'data-pane': name }, parts[name]),
  )
  const step = (event: KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (!by) return
    const there = tabs.filter((tab) => tab.checkVisibility())
    const next = there.at((there.indexOf(document.activeElement as HTMLButtonElement) + by) % there.length)!
    next.focus()
    next.click()
  }
  const list = element('div', { class: 'tabs', role: 'tablist', 'aria-label': 'Parts', onkeydown: step }, ...tabs)
  const whole = element('div', { class: 'panes' }, list, ...panels)
  const wide = matchMedia('(min-width: 60rem)')
  const offered = new Set(names)
  let chosen: Name = 'write'

  const show = (name: Name) => {
    chosen = name
    const beside: Name = name === 'write' ? 'preview' : name
    const isShown = (pane: Name) => (wide.matches ? pane === 'write' || pane === beside : pane === name)
    for (const tab of tabs) {
      const pane = tab.dataset.pane as Name
      const isChosen = pane === (wide.matches ? beside : name)
      tab.hidden = (wide.matches && pane === 'write') || !offered.has(pane)
      tab.ariaSelected = String(isChosen)
      tab.tabIndex = isChosen ? 0 : -1
    }
    for (const panel of panels) panel.hidden = !isShown(panel.dataset.pane as Name)
    onshow()
  }
  wide.addEventListener('change', () => show(chosen))
  show(chosen)
  return {
    element: whole,
    offer: (name, isOffered) => {
      if (isOffered) offered.add(name)
      else offered.delete(name)
      show(offered.has(chosen) ? chosen : 'write')
    },
    showText: () => {
      if (wide.matches) return
      show('write')
      tabs[0]!.focus()
    },
  }
}
