import type { FilterStream } from '@nuncio/filter-chain'
import type { AuthzAnswer, RequestView } from '@nuncio/guards'

/** Somebody to ask whether a request may go on. */
export interface Authorizer {
  /** Never rejects: without a decision the answer's verdict is `error`. */
  check(view: RequestView, stream: FilterStream, extensions: Readonly<Record<string, string>>): Promise<AuthzAnswer>
}
