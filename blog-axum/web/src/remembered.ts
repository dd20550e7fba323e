// Small things that this browser remembers. Where it is told to store nothing, as without cookies, even a
// look at its storage throws.

/** Of all tabs for good, or of this tab while it is open. */
type Place = 'localStorage' | 'sessionStorage'

/** What is remembered under a name; nothing where nothing can be. */
export function remembered(place: Place, name: string): string | null {
  try {
    return window[place].getItem(name)
  } catch {
    return null
  }
}

/** Remembers something; false where that cannot be. */
export function remember(place: Place, name: string, value: string): boolean {
  try {
    window[place].setItem(name, value)
    return true
  } catch {
    return false
  }
}
