import { get } from '../api'
import type { Found, Page, PostSummary, Status } from '../model'

/** What the list shows, as it stands in the page's address. */
export interface Wanted {
  status: Status
  q: string
  tag: string
  category: string
  /** Somebody's id. */
  author: string
  sort: string
}

/** What the page's address asks for. */
export function wanted(): Wanted {
  const asked = new URLSearchParams(location.search)
  const value = (name: string) => asked.get(name) ?? ''
  return {
    status: (value('status') || 'draft') as Status,
    q: value('q'),
    tag: value('tag'),
    category: value('category'),
    author: value('author'),
    sort: value('sort'),
  }
}

/** A page of posts. A search looks into all statuses, and says how many there are. */
export async function find(wanted: Wanted, cursor: string | null): Promise<Page<PostSummary> & { total?: number }> {
  const { q, tag, category, author, status, sort } = wanted
  if (q) {
    const { hits, total, next } = await get<Found>('/api/search', { q, tag, category, author, cursor })
    return { items: hits.map((hit) => hit.post), total, next }
  }
  return get<Page<PostSummary>>('/api/posts', { status, tag, category, author, sort: sort || 'updated', cursor })
}
