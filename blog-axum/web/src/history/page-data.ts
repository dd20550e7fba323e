import type { History, Post, Version } from '../model'

/** What a history shows of its post. */
export type Head = Pick<Post, 'title' | 'locale' | 'status' | 'version' | 'published_version'>

interface Brought {
  /** The post as it was when the page was made, with what was being written live. */
  post: Head
  /** The numbers of the versions that are compared first. */
  from: number
  to: number
  /** The newest versions. */
  list: History
  /** The two that are compared. */
  versions: Version[]
}

/** What the server put into the page, so that it is there as soon as the script is. */
export const brought = JSON.parse(document.getElementById('brought')!.textContent!) as Brought
