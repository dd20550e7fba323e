import { button, element } from './dom'

/** A form in a dialog: what it asks, and what its fields say once it is confirmed. */
export interface Question<Answer> {
  title: string
  content: Node[]
  confirm: string
  /** What was answered; throws what is wrong with it, in words for people. */
  read: () => Answer | Promise<Answer>
  class?: string
}

/** Asks in a dialog; `undefined` if it is closed without an answer. */
export function ask<Answer>(question: Question<Answer>): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const wrong = element('p', { class: 'wrong', role: 'alert' })
    const confirm = element('button', { class: 'primary' }, question.confirm)
    let answer: Answer | undefined
    const submit = async (event: SubmitEvent) => {
      event.preventDefault()
      if (confirm.ariaDisabled) return
      // Not `disabled`: whoever is on it by keyboard stays there.
      confirm.ariaDisabled = 'true'
      try {
        answer = await question.read()
        dialog.close()
      } catch (error) {
        wrong.textContent = error instanceof Error ? error.message : String(error)
      }
      confirm.ariaDisabled = null
    }
    const heading = element('h2', { id: 'dialog-title' }, question.title)
    const form: HTMLFormElement = element(
      'form',
      { method: 'dialog', onsubmit: submit },
      heading,
      ...question.content,
      wrong,
      element('div', { class: 'buttons' }, button('Cancel', () => dialog.close()), confirm),
    )
    const dialog: HTMLDialogElement = element(
      'dialog',
      { 'aria-labelledby': heading.id, class: question.class ?? '', onclose: () => (dialog.remove(), resolve(answer)) },
      form,
    )
    document.body.append(dialog)
    dialog.showModal()
  })
}

/** Asks whether to go on. */
export async function confirmed(title: string, text: string, confirm: string): Promise<boolean> {
  const answer = await ask({ title, content: [element('p', {}, text)], confirm, read: () => true })
  return answer ?? false
}
