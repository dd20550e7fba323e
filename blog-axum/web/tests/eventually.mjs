// Tests wait for what is to be so, and not for time to pass.

/** How long anything may take, on a machine that has much else to do. */
export const PATIENCE = 60_000
const PAUSE = 50

/** Waits until something is so, at once or by a promise; `what` says what. */
export async function eventually(isSo, what) {
  const end = Date.now() + PATIENCE
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`not so: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, PAUSE))
  }
}
