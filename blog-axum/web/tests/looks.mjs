// How pages look: axe finds nothing, nothing is cut off, and there is a picture to look at.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { test } from 'node:test'
import axe from 'axe-core'

const SCREENSHOTS = process.env.SCREENSHOTS ?? 'tests/screenshots'

export const LOOKS = {
  light: {},
  dark: { colorScheme: 'dark', reducedMotion: 'reduce' },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
  // What a desktop window is at 200 %.
  zoomed: { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 },
}

/** A picture of what somebody sees. */
export function picture({ page }, name) {
  mkdirSync(SCREENSHOTS, { recursive: true })
  return page.screenshot({ path: `${SCREENSHOTS}/${name}.png` })
}

/** Waits until a page has shown what it has heard so far. */
function settled(page) {
  return page.evaluate(async () => {
    await document.fonts.ready
    for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame)
  })
}

/** Looks at a page's states, each by its name; what is wrong with them goes into `found`. */
export function viewer(page, look, found) {
  return async (name) => {
    await settled(page)
    await picture({ page }, `${name}-${look}`)
    await page.evaluate(axe.source)
    const { violations } = await page.evaluate(() => window.axe.run())
    found.push(...violations.map(({ id, nodes }) => `${name}: ${id}: ${nodes.map((node) => `${node.target} ${node.failureSummary}`).join('; ')}`))
    const excess = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    if (excess > 0) found.push(`${name}: ${excess} pixels wider than the window`)
  }
}

/** A test in each of the ways to look. The scene has what somebody's page needs for that, and how to look at it. */
export function inEachLook(title, scene) {
  for (const [look, options] of Object.entries(LOOKS)) {
    test(`${title}, ${look}`, async () => {
      const found = []
      await scene(options, ({ page }) => viewer(page, look, found))
      assert.deepEqual(found, [])
    })
  }
}
