type Child = Node | string | false | null | undefined
type Value = string | number | boolean | null | undefined | ((event: never) => void)

/**
 * An element with attributes and children. `true` sets an attribute, `false` leaves it out, and a
 * function listens: `element('button', { type: 'button', onclick: save }, 'Save')`.
 */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Record<string, Value> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') {
      made.addEventListener(key.slice('on'.length), value as EventListener)
    } else if (typeof value === 'boolean') {
      made.toggleAttribute(key, value)
    } else if (value !== null && value !== undefined) {
      made.setAttribute(key, String(value))
    }
  }
  made.append(...children.filter((child): child is Node | string => !!child))
  return made
}

/** A button that submits nothing. */
export function button(text: Child, onclick: () => unknown, attributes: Record<string, Value> = {}): HTMLButtonElement {
  return element('button', { type: 'button', onclick, ...attributes }, text)
}

/** A field under its name, with a hint that is read out with it. */
export function labelled(name: string, field: HTMLElement, hint?: string): HTMLElement {
  field.id ||= `field-${name.toLowerCase().replaceAll(/[^a-z]+/g, '-')}`
  const note = hint ? element('small', { id: `${field.id}-hint` }, hint) : null
  if (note) field.setAttribute('aria-describedby', note.id)
  return element('div', { class: 'field' }, element('label', { for: field.id }, name), field, note)
}
