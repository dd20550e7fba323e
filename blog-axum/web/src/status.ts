import { element } from './dom'
import type { Status } from './model'
import type { Permission } from './page'

/** A change of status that somebody asks for, by its name in the API. */
export type Transition = 'submit' | 'publish' | 'unpublish' | 'archive' | 'trash' | 'untrash' | 'schedule'

/** Every status, in words. */
export const STATUSES: Record<Status, string> = {
  draft: 'Drafts',
  in_review: 'In review',
  scheduled: 'Scheduled',
  published: 'Published',
  archived: 'Archived',
  trashed: 'Trash',
}

const ONE: Record<Status, string> = { ...STATUSES, draft: 'Draft', trashed: 'In the trash' }

interface Rule {
  name: string
  from: Status[]
  needs: Permission
}

/** The changes of status: their names, where they begin, and what they need. */
export const TRANSITIONS: Record<Transition, Rule> = {
  submit: { name: 'Submit for review', from: ['draft'], needs: 'submit' },
  publish: { name: 'Publish', from: ['draft', 'in_review', 'scheduled', 'published', 'archived'], needs: 'publish' },
  schedule: { name: 'Schedule…', from: ['draft', 'in_review', 'scheduled'], needs: 'publish' },
  unpublish: { name: 'Back to draft', from: ['in_review', 'scheduled', 'published', 'archived'], needs: 'publish' },
  archive: { name: 'Archive', from: ['draft', 'in_review', 'scheduled', 'published'], needs: 'publish' },
  trash: { name: 'Move to trash', from: ['draft', 'in_review', 'scheduled', 'published', 'archived'], needs: 'trash' },
  untrash: { name: 'Take out of the trash', from: ['trashed'], needs: 'trash' },
}

/** A post's status, as a badge. */
export function badge(status: Status): HTMLElement {
  return element('span', { class: `badge ${status}` }, ONE[status])
}
