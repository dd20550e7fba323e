// A person who uses no mouse: where the focus is, that they see it, and how they get somewhere.

/** A page has fewer stops of the Tab key than this. */
const STOPS = 80

/** The name of a post's text. */
export const TEXT = 'Text, in Markdown'

/** The name of what has the focus, nothing if the page has it; throws where nobody sees what has it. */
export async function focused({ page }) {
  const end = Date.now() + 2000
  for (;;) {
    const [name, fault] = await look(page)
    if (!fault) return name
    if (Date.now() > end) throw new Error(`what has the focus ${fault}: ${name}`)
  }
}

/** The name of what has the focus, and why nobody sees that it has it. */
const look = (page) =>
  page.evaluate(() => {
    const at = document.activeElement
    if (at === document.body) return ['']
    const name = (at.ariaLabel ?? at.labels?.[0]?.textContent ?? at.textContent).trim()
    const framed = at.closest('.cm-editor') ?? at
    const { outlineStyle, outlineWidth } = getComputedStyle(framed)
    if (outlineStyle === 'none' || outlineWidth === '0px') return [name, 'has no outline']
    const box = framed.getClientRects()[0]
    const [left, right] = [Math.max(box.left, 0), Math.min(box.right, innerWidth)]
    const [top, bottom] = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)]
    if (left >= right || top >= bottom) return [name, 'is outside of the window']
    const there = document.elementFromPoint((left + right) / 2, (top + bottom) / 2)
    // A notice goes away by itself.
    if (framed.contains(there) || there?.contains(framed) || there?.closest('#notices')) return [name]
    return [name, `is below ${there?.outerHTML.slice(0, 100)}`]
  })

/** Presses Tab, or another key, until what has that name has the focus. */
export async function reach(one, name, key = 'Tab') {
  const passed = []
  while (passed.length < STOPS) {
    await one.page.keyboard.press(key)
    const now = await focused(one)
    if (name instanceof RegExp ? name.test(now) : name === now) return
    passed.push(now)
    // Tab writes in the text; after Escape it leaves.
    if (now === TEXT) await one.page.keyboard.press('Escape')
  }
  throw new Error(`${key} does not lead to ${name}, but to ${passed.join(' | ')}`)
}

/** Goes to something, and presses it. */
export async function press(one, name, key = 'Tab') {
  await reach(one, name, key)
  await one.page.keyboard.press('Enter')
}

/** Waits until what has that name has the focus, as after a dialog. */
export async function comesBack(one, name) {
  const end = Date.now() + 10_000
  let now
  while ((now = await focused(one)) !== name) {
    if (Date.now() > end) throw new Error(`the focus is on ${now || 'nothing'}, not on ${name}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  // The focus comes back before the dialog says that it is closed; until then nothing is asked anew.
  await one.until(() => !document.activeElement.ariaDisabled)
}
