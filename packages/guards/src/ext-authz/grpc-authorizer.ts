import type { FormatContext } from '@nuncio/access-log'
import { encode } from '@nuncio/config'
import type { Asker } from '../side-calls/caller.ts'
import type { GrpcServiceClient } from '../side-calls/grpc-service.ts'
import { type AuthzAnswer, NO_ANSWER } from './answer.ts'
import type { Attributes } from './check-request.ts'
import { endAuthzSpan } from './authz-span.ts'
import { readCheckResponse } from './read-answer.ts'

const CHECK = '/envoy.service.auth.v3.Authorization/Check'
const SPAN = 'async envoy.service.auth.v3.Authorization.Check egress'
const OK = 0

/** Asks a service of the protocol `envoy.service.auth.v3.Authorization`. */
export class GrpcAuthorizer {
  readonly #service: GrpcServiceClient

  constructor(service: GrpcServiceClient) {
    this.#service = service
  }

  /** Never rejects: a service that cannot be asked, is late, or talks nonsense has given no answer. */
  async check(attributes: Attributes, context: FormatContext, asker: Asker): Promise<AuthzAnswer> {
    const span = asker.span?.child(SPAN)
    const answer = await this.#ask(attributes, context, { ...asker, span })
    if (span !== undefined) endAuthzSpan(span, answer)
    return answer
  }

  async #ask(attributes: Attributes, context: FormatContext, asker: Asker): Promise<AuthzAnswer> {
    const request = encode('envoy.service.auth.v3.CheckRequest', { attributes })
    try {
      const { grpcStatus, body } = await this.#service.call(CHECK, request, context, asker)
      return grpcStatus === OK ? readCheckResponse(body) : NO_ANSWER
    } catch {
      return NO_ANSWER
    }
  }
}
