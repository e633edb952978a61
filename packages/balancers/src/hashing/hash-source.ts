import type { Message } from '@nuncio/config'
import { type LoadBalancerContext, reportAt } from '@nuncio/cluster'
import type { RequestHeaders, StreamInfo } from '@nuncio/core'
import type { LoadBalancerSetup } from '../contracts.ts'

/** A hash as hash policies give it: two unsigned halves, and a Set-Cookie for the response or ''. */
export interface HashOut {
  has: boolean
  high: number
  low: number
  cookie: string
}

/** Hash policies, compiled; the router's are of this shape. */
export interface CompiledHashPolicy {
  hash(headers: RequestHeaders, info: StreamInfo, out: HashOut): void
}

type HashPolicyConfig = readonly Message<'envoy.config.route.v3.RouteAction.HashPolicy'>[]
/** Compiles hash policies of a load balancer of its own, as routes have them. */
export type CompileHashPolicy = (policies: HashPolicyConfig) => CompiledHashPolicy

/** Where the hash of a pick comes from: the balancer's own hash policy when there is one, else the route's. */
export class HashSource {
  readonly #own: CompiledHashPolicy | undefined
  readonly #out: HashOut = { has: false, high: 0, low: 0, cookie: '' }

  constructor(own: CompiledHashPolicy | undefined) {
    this.#own = own
  }

  /** Writes the hash into two words, high and low; false when there is none. */
  hash(context: LoadBalancerContext, words: Uint32Array): boolean {
    const { headers, info } = context
    if (this.#own !== undefined && headers !== undefined && info !== undefined)
      return this.#ownHash(headers, info, context, words)
    if (this.#own !== undefined || !context.hasHash) return false
    words[0] = context.hashHigh
    words[1] = context.hashLow
    return true
  }

  #ownHash(headers: RequestHeaders, info: StreamInfo, context: LoadBalancerContext, words: Uint32Array): boolean {
    const out = this.#out
    out.has = false
    out.cookie = ''
    this.#own!.hash(headers, info, out)
    if (out.cookie !== '') context.addCookie?.(out.cookie)
    words[0] = out.high
    words[1] = out.low
    return out.has
  }
}

/** The hash source of a policy whose configuration may carry `hash_policy`. */
export function createHashSource(
  policies: HashPolicyConfig | undefined,
  node: object,
  setup: LoadBalancerSetup,
): HashSource {
  if (policies === undefined || policies.length === 0) return new HashSource(undefined)
  if (setup.compileHashPolicy === undefined) {
    const message = 'hash_policy inside a load balancing policy needs a router; the hash policy of the route is used'
    reportAt(setup, node, 'hash_policy', { code: 'unsupported', message })
    return new HashSource(undefined)
  }
  return new HashSource(setup.compileHashPolicy(policies))
}
