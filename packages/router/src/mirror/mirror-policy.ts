import type { Message } from '@nuncio/config'
import type { RequestHeaders, StreamInfo } from '@nuncio/core'
import { compileRuntimeFraction, type ConfigPlace, type RuntimeFraction, wireText } from '@nuncio/matching'
import type { MirrorPolicy } from '../contracts.ts'
import { formatting } from '../headers/format-context.ts'
import { applySteps, compileMutationList, type HeaderStep } from '../headers/mutation-list.ts'
import type { RouteTableOptions } from '../options.ts'

type MirrorConfig = Message<'envoy.config.route.v3.RouteAction.RequestMirrorPolicy'>

class CompiledMirror implements MirrorPolicy {
  readonly disableShadowHostSuffix: boolean
  readonly hostRewriteLiteral: string
  readonly traceSampled: boolean | undefined
  readonly #cluster: string
  readonly #clusterHeader: string
  readonly #fraction: RuntimeFraction | undefined
  readonly #mutations: readonly HeaderStep[]

  constructor(config: MirrorConfig, place: ConfigPlace, options: RouteTableOptions) {
    this.disableShadowHostSuffix = config.disable_shadow_host_suffix_append === true
    this.hostRewriteLiteral = wireText(config.host_rewrite_literal ?? '')
    this.traceSampled = config.trace_sampled
    this.#cluster = config.cluster ?? ''
    this.#clusterHeader = (config.cluster_header ?? '').toLowerCase()
    this.#fraction = config.runtime_fraction && compileRuntimeFraction(config.runtime_fraction, place)
    this.#mutations = compileMutationList(config.request_headers_mutations, place, 'request_headers_mutations', options)
  }

  clusterName(headers: RequestHeaders): string {
    return this.#clusterHeader === '' ? this.#cluster : (headers.get(this.#clusterHeader) ?? '')
  }
  selects(random: number): boolean {
    return this.#fraction === undefined || this.#fraction.selects(random)
  }
  mutateHeaders(headers: RequestHeaders, info: StreamInfo): void {
    applySteps(this.#mutations, headers, formatting(info, headers, undefined))
  }
}

const NONE: readonly MirrorPolicy[] = []

/** Compiles request_mirror_policies of the message at `place`; those of the level around it when it has none. */
export function compileMirrorPolicies(
  configs: readonly MirrorConfig[] | undefined,
  place: ConfigPlace,
  options: RouteTableOptions,
  inherited: readonly MirrorPolicy[] = NONE,
): readonly MirrorPolicy[] {
  if (configs === undefined || configs.length === 0) return inherited
  return configs.map((config, i) => {
    const at = place.item('request_mirror_policies', i, config)
    const named = (config.cluster ?? '') !== ''
    const byHeader = (config.cluster_header ?? '') !== ''
    if (named === byHeader)
      at.error('oneof-conflict', `a mirror policy needs ${named ? 'only one' : 'one'} of cluster and cluster_header`)
    return new CompiledMirror(config, at, options)
  })
}
