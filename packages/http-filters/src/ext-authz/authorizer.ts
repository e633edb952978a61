import type { FilterStream } from '@nuncio/filter-chain'
import type { AuthzAnswer, RequestView } from '@nuncio/guards'
import type { HeaderNames } from './header-names.ts'

/** What a service is told, whichever it is: the filter's own settings. */
export interface Telling {
  /** `allowed_headers`; undefined = as the kind of service has it. */
  readonly allowed: HeaderNames | undefined
  readonly disallowed: HeaderNames | undefined
  readonly rawHeaders: boolean
  readonly peerCertificate: boolean
  readonly tlsSession: boolean
  readonly metadataNamespaces: readonly string[]
  readonly typedMetadataNamespaces: readonly string[]
  readonly routeMetadataNamespaces: readonly string[]
  readonly routeTypedMetadataNamespaces: readonly string[]
  /** Labels of the destination. */
  readonly labels: Readonly<Record<string, string>>
}

/** What is asked about one request. */
export interface Question {
  readonly view: RequestView
  readonly telling: Telling
  readonly extensions: Readonly<Record<string, string>>
}

/** Somebody to ask whether a request may go on. */
export interface Authorizer {
  /** Never rejects: without a decision the answer's verdict is `error`. */
  check(question: Question, stream: FilterStream): Promise<AuthzAnswer>
}
