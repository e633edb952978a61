/**
 * How a header is changed: `append` joins to one that is there with a comma and does nothing without; `add` is a new
 * line; `unknown` is none of the protocol.
 */
export type ChangeKind = 'set' | 'append' | 'add' | 'add-if-absent' | 'overwrite-if-exists' | 'unknown'

/** A header that an authorization service wants changed. The name is lower-case, the value bytes as Latin-1. */
export interface HeaderChange {
  readonly name: string
  readonly value: string
  readonly kind: ChangeKind
}

/** What an authorization service decided about a request or a connection. */
export interface AuthzAnswer {
  /** `error`: there is no decision. */
  readonly verdict: 'ok' | 'denied' | 'error'
  /** Status of the reply to the client; 0 = the filter's own choice. */
  readonly status: number
  readonly body: string | Uint8Array
  /** Headers of the reply to the client. */
  readonly replyHeaders: readonly HeaderChange[]
  readonly requestHeaders: readonly HeaderChange[]
  readonly requestHeadersToRemove: readonly string[]
  readonly responseHeaders: readonly HeaderChange[]
  readonly queryToSet: readonly (readonly [string, string])[]
  readonly queryToRemove: readonly string[]
  /** Dynamic metadata of the filter's namespace. */
  readonly metadata: Readonly<Record<string, unknown>> | undefined
}

const NOTHING: AuthzAnswer = {
  verdict: 'error',
  status: 0,
  body: '',
  replyHeaders: [],
  requestHeaders: [],
  requestHeadersToRemove: [],
  responseHeaders: [],
  queryToSet: [],
  queryToRemove: [],
  metadata: undefined,
}

/** An answer with what is not given left empty. */
export function authzAnswer(verdict: AuthzAnswer['verdict'], parts: Partial<AuthzAnswer> = {}): AuthzAnswer {
  return { ...NOTHING, ...parts, verdict }
}

/** The service could not be asked, or did not answer. */
export const NO_ANSWER: AuthzAnswer = NOTHING
