import type { FormatContext } from '@nuncio/access-log'
import { encode, type Message } from '@nuncio/config'
import type { RateLimitDescriptor } from '@nuncio/router'
import { messageText } from '../ext-authz/check-request.ts'
import type { Asker } from '../side-calls/caller.ts'
import type { GrpcServiceClient } from '../side-calls/grpc-service.ts'
import { type LimitAnswer, NO_LIMIT_ANSWER, readLimitResponse } from './limit-answer.ts'

const METHOD = '/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit'
const SPAN = 'async envoy.service.ratelimit.v3.RateLimitService.ShouldRateLimit egress'
const OK = 0

/** What is asked: whether these descriptors of a domain have hits left. */
export interface LimitQuestion {
  readonly domain: string
  readonly descriptors: readonly RateLimitDescriptor[]
  /** For descriptors that do not say themselves; undefined = the service's own choice, 1. */
  readonly hits?: number | undefined
}

/** Asks a service of the protocol `envoy.service.ratelimit.v3.RateLimitService`. */
export class RateLimitService {
  readonly #service: GrpcServiceClient

  constructor(service: GrpcServiceClient) {
    this.#service = service
  }

  /** Never rejects: a service that cannot be asked, is late, or talks nonsense has given no answer. */
  async ask(question: LimitQuestion, context: FormatContext, asker: Asker): Promise<LimitAnswer> {
    const span = asker.span?.child(SPAN)
    const answer = await this.#ask(question, context, { ...asker, span })
    if (answer.verdict !== 'error')
      span?.setAttribute('ratelimit_status', answer.verdict === 'ok' ? 'ok' : 'over_limit')
    span?.end()
    return answer
  }

  async #ask(question: LimitQuestion, context: FormatContext, asker: Asker): Promise<LimitAnswer> {
    const request = encode('envoy.service.ratelimit.v3.RateLimitRequest', {
      domain: question.domain,
      descriptors: question.descriptors.map(descriptorMessage),
      ...(question.hits !== undefined && { hits_addend: question.hits }),
    })
    try {
      const { grpcStatus, body } = await this.#service.call(METHOD, request, context, asker)
      return grpcStatus === OK ? readLimitResponse(body) : NO_LIMIT_ANSWER
    } catch {
      return NO_LIMIT_ANSWER
    }
  }
}

function descriptorMessage({
  entries,
  limit,
  hits,
}: RateLimitDescriptor): Message<'envoy.extensions.common.ratelimit.v3.RateLimitDescriptor'> {
  return {
    entries: entries.map(({ key, value }) => ({ key: messageText(key), value: messageText(value) })),
    ...(limit !== undefined && { limit: { requests_per_unit: limit.requestsPerUnit, unit: limit.unit } }),
    ...(hits !== undefined && { hits_addend: hits }),
  }
}
