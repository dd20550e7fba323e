// What the server says about the page, in its `<meta>` tags.

/** What the page says under this name; nothing, if it does not. */
export function said(name: string): string {
  return document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? ''
}

/** What somebody may do to a post, by the names of the server's permissions. */
export type Permission = 'create' | 'edit' | 'submit' | 'publish' | 'trash' | 'delete' | 'act_for_others'

/** What a language model can be asked for, by the names that it is asked by. The first of each is the default. */
export interface AiChoices {
  styles: string[]
  tones: string[]
  lengths: { name: string; words: number }[]
}

/** The page: where it is mounted, who looks at it, and what they may do. */
export const page = {
  /** The path that everything is below: `''`, or `/blog`. */
  base: said('blog-base'),
  actor: { id: said('blog-actor-id'), name: said('blog-actor-name') },
  /** Whether the actor may edit the post at the moment; a lock may forbid it. */
  mayEdit: said('blog-may-edit') === 'true',
  /** What the actor may do, whoever has locked the post. */
  may: new Set(said('blog-may').split(' ').filter(Boolean) as Permission[]),
  post: said('post-id'),
  /** How long a body may be, and a message to a room, in bytes. */
  bodyBytes: Number(said('blog-body-bytes')) || Infinity,
  messageBytes: Number(said('blog-message-bytes')) || Infinity,
  /** Nothing where there is no language model, and for whoever may not use it. */
  ai: JSON.parse(said('blog-ai') || 'null') as AiChoices | null,
  /** Whether the server has pages for readers. */
  hasSite: said('blog-has-site') === 'true',
  /** The other origins whose pictures a preview shows. */
  pictures: new Set(said('blog-pictures').split(' ').filter(Boolean)),
  nonce: said('csp-nonce'),
  /** The build of the server that made the page. */
  build: said('build'),
}

/** The part of the page that scripts fill. */
export function root(): HTMLElement {
  const root = document.getElementById('app')
  if (!root) throw new Error('the page has no element #app')
  return root
}

/** Addresses below the place where the blog is mounted. */
export const address = {
  list: () => `${page.base}/admin`,
  edit: (post: string) => `${page.base}/admin/posts/${post}/edit`,
  history: (post: string) => `${page.base}/admin/posts/${post}/history`,
  signIn: () => `${page.base}/admin/sign-in`,
  signOut: () => `${page.base}/admin/sign-out`,
  preview: (post: string) => `${page.base}/admin/posts/${post}/preview`,
  reader: (slug: string) => `${page.base}/posts/${encodeURIComponent(slug)}`,
}
