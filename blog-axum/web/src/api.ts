import { noticeBuild } from './build'
import { fieldName } from './field-names'
import { page } from './page'
// Wherever somebody does something, they may sign out.
import './sign-out'

/** What the server says of a request that it did not fulfil (RFC 9457). */
export interface Problem {
  status: number
  detail: string
  errors?: { field: string; message: string }[]
}

/** A request that failed: the server's reason, or none if it could not be reached. */
export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    const fields = problem.errors?.map(({ field, message }) => `${fieldName(field)} ${message}`)
    super(fields?.join('; ') || problem.detail)
  }

  get status(): number {
    return this.problem.status
  }
}

/** A failed request, in words for people. */
export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

interface Options {
  body?: unknown
  /** The revision that this was made from. */
  revision?: number
  /** Ends it. */
  signal?: AbortSignal
}

/** Calls the API beneath the place where the blog is mounted. */
export async function call<Answer>(method: string, path: string, { body, revision, signal }: Options = {}): Promise<Answer> {
  // In the browser of this page somebody else may have signed in since.
  const headers = new Headers({ accept: 'application/json', 'x-blog-actor': encodeURIComponent(page.actor.id) })
  if (body !== undefined) headers.set('content-type', 'application/json')
  if (revision !== undefined) headers.set('if-match', `"${revision}"`)
  let response: Response
  try {
    response = await fetch(page.base + path, {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      credentials: 'same-origin',
      cache: 'no-store',
      signal: signal ?? null,
    })
  } catch {
    throw new ApiError({ status: 0, detail: 'The server cannot be reached.' })
  }
  noticeBuild(response.headers.get('x-blog-build'))
  const text = await response.text()
  if (response.ok) return (text ? JSON.parse(text) : undefined) as Answer
  throw new ApiError(problem(response.status, text))
}

function problem(status: number, text: string): Problem {
  try {
    return { ...(JSON.parse(text) as Problem), status }
  } catch {
    return { status, detail: `The server answered ${status}.` }
  }
}

/** Reads from the API. */
export function get<Answer>(path: string, parameters: Record<string, string | number | null | undefined> = {}): Promise<Answer> {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined && value !== '') query.set(name, String(value))
  }
  return call('GET', query.size > 0 ? `${path}?${query}` : path)
}

/** Has the API do something. */
export function post<Answer>(path: string, body?: unknown): Promise<Answer> {
  return call('POST', path, { body })
}
