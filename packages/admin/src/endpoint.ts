import type { TimeSource } from '@nuncio/core'
import type { AdminView } from './view/admin-view.ts'

/** A request to the admin address. */
export interface AdminRequest {
  readonly method: string
  /** Without the query. */
  readonly path: string
  /** The query, and for POST the fields of a form in the body; the first of a repeated name counts. */
  readonly params: ReadonlyMap<string, string>
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Uint8Array
}

/** What an endpoint answers; the body is sent whole, with its length. */
export interface AdminResponse {
  readonly status: number
  readonly contentType: string
  readonly body: string | Uint8Array
  readonly headers?: readonly (readonly [string, string])[]
  /** Called once the answer has been handed to the socket. */
  readonly afterwards?: () => void
}

/** One parameter, for `/help` and the form on the home page. */
export interface AdminParam {
  readonly name: string
  readonly help: string
  /** `flag`: its presence counts. A list: one of these values. */
  readonly kind: 'text' | 'flag' | readonly string[]
}

/** One path of the admin interface. */
export interface AdminEndpoint {
  /** `/stats` */
  readonly path: string
  /** One line for `/help` and the home page; '' = it is not listed there, being a part of another. */
  readonly help: string
  /** Whether it changes something: then only `POST` is answered. */
  readonly mutates: boolean
  readonly params?: readonly AdminParam[]
  handle(request: AdminRequest): AdminResponse | Promise<AdminResponse>
}

/** What makers of endpoints are given. */
export interface AdminContext {
  readonly view: AdminView
  readonly time: TimeSource
  /** All endpoints, for the pages that list them. */
  endpoints(): readonly AdminEndpoint[]
  /** A pattern in linear time that finds a match anywhere in a text; a string says why it is refused. */
  compileSearch(pattern: string): TextMatcher | string
}

/** A compiled pattern. */
export interface TextMatcher {
  matches(text: string): boolean
}

const TEXT = 'text/plain; charset=UTF-8'

/** An answer of `text/plain`; 200 unless told otherwise. */
export function textResponse(body: string, status = 200): AdminResponse {
  return { status, contentType: TEXT, body }
}

/** JSON as Envoy prints it: indented by one space. */
export function jsonResponse(value: unknown, status = 200): AdminResponse {
  return { status, contentType: 'application/json', body: `${JSON.stringify(value, null, 1)}\n` }
}

/** A page without scripts; nothing is loaded from elsewhere. */
export function htmlResponse(body: string): AdminResponse {
  const policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
  return { status: 200, contentType: 'text/html; charset=UTF-8', body, headers: [['content-security-policy', policy]] }
}
