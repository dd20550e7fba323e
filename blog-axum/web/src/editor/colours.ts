/** So that people tell each other apart, by day and by night; admin.css has the same by class. */
export const COLOURS = ['#b3261e', '#0a58ad', '#2b6a1c', '#7a4a00', '#9b2393', '#00677d', '#5b4fc4', '#a03d00']

/** Which of the colours somebody has. */
export function place(id: string): number {
  let sum = 0
  for (const character of id) sum = (sum * 31 + character.codePointAt(0)!) % 65_521
  return sum % COLOURS.length
}

/** The colour itself, for clients that show what they are told. */
export function colour(id: string): string {
  return COLOURS[place(id)]!
}
