// What the API answers.

/** Where a post stands in its life. */
export type Status = 'draft' | 'in_review' | 'scheduled' | 'published' | 'archived' | 'trashed'

/** Somebody with a name. */
export interface Person {
  id: string
  name: string
}

/** What search engines are told. */
export interface Seo {
  title: string | null
  description: string | null
  keywords: string[]
  canonical_url: string | null
}

/** What a post says. */
export interface Content {
  title: string
  body: string
  excerpt: string | null
  tags: string[]
  category: string | null
  cover: string | null
  seo: Seo
  custom: Record<string, unknown>
}

/** A post in a list. */
export interface PostSummary extends Omit<Content, 'body'> {
  id: string
  slug: string
  locale: string
  status: Status
  author: Person
  coauthors: Person[]
  version: number
  published_version: number | null
  revision: number
  collaboration: 'idle' | 'active' | 'locked'
  word_count: number
  created_at: string
  updated_at: string
  published_at: string | null
  scheduled_at: string | null
}

/** A post. */
export interface Post extends PostSummary {
  body: string
  html: string
}

/** How a version came about. */
export type VersionKind = 'manual' | 'autosave' | 'collab' | 'ai' | 'merge' | 'restore' | 'import'

/** Where a text comes from that a language model wrote. */
export interface Provenance {
  model: string
  input_tokens: number
  output_tokens: number
  /** In millionths of the currency of the prices; null where the model has no price. */
  cost_micros: number | null
}

/** What was done to a text that a language model wrote, before anybody saw it. */
export interface Report {
  field: string
  what: string
  text: string
}

/** What a language model has used, and what was done to what it said. */
export interface ModelAnswer {
  /** `model:` and the name of the model; null until it has said something. */
  engine: string | null
  usage?: { input: number; output: number } | null
  /** In the currency of the prices; null where the model has no price. */
  cost?: number | null
  reports: Report[]
}

/** What an assistant does, or has done, in a post. */
export interface Run extends ModelAnswer {
  id: string
  state: 'writing' | 'done' | 'cancelled' | 'failed' | 'undone'
  by: Person
  problem?: { detail: string }
  words: number
}

/** What an assistant is to write. */
export interface Assignment {
  task: 'write' | 'continue'
  instruction?: string | undefined
  style: string
  tone: string
  length: string
}

/** What a language model would say in place of some paragraphs. */
export interface Revised extends ModelAnswer {
  paragraphs: Revision[]
  /** Is shown again when some of it is accepted. */
  receipt?: string
}

/** A paragraph's Markdown as it stands in the text, and what could stand there; nothing, if it can go. */
export interface Revision {
  index: number
  /** Where it begins in the text. */
  start: number
  before: string
  after: string
}

/** A version in a post's history. */
export interface VersionHeader {
  number: number
  revision: number
  title: string
  author: string
  kind: VersionKind
  message: string | null
  created_at: string
  contributors: { author: string; words: number }[]
  provenance: Provenance | null
}

/** What a version says. */
export type Version = Content & Omit<VersionHeader, 'revision'>

/** A page of a list. */
export interface Page<Item> {
  items: Item[]
  next: string | null
}

/** A page of a post's history. */
export interface History extends Page<VersionHeader> {
  /** All who are named in it. */
  authors: Person[]
}

/** Who wrote what of a version. */
export interface Authorship {
  authors: (Person & { words: number })[]
  pieces: { text: string; author: string; version: number }[]
}

/** What a search found. */
export interface Found {
  hits: { post: PostSummary }[]
  total: number
  suggestion: string | null
  next: string | null
}

/** Who is in a post's room. */
export interface Presence {
  items: Person[]
  locked_by?: string
}

/** A place that two edits both changed. */
export interface Hunk {
  base: string
  head: string
  theirs: string
}

/** A field that two edits both changed, and where. */
export interface FieldConflict {
  field: string
  hunks: Hunk[]
}
