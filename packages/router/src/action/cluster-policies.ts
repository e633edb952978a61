import type { Message } from '@nuncio/config'
import type { ConfigPlace } from '@nuncio/matching'
import type { ForwardRoute } from '../contracts.ts'
import { compileHashPolicy } from '../hash/hash-policy.ts'
import { compileMirrorPolicies } from '../mirror/mirror-policy.ts'
import { compileRetryPolicy } from '../retry/retry-policy.ts'

/** Policies for requests that a cluster may have too. Each holds for every request to it, in place of its route's. */
export type ClusterPolicies = Partial<Pick<ForwardRoute, 'retryPolicy' | 'hashPolicy' | 'mirrorPolicies'>>

/** Compiles the policies in a cluster's HTTP options; undefined when there are none. Problems are reported at `place`. */
export function compileClusterPolicies(
  config: Message<'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'>,
  place: ConfigPlace,
): ClusterPolicies | undefined {
  const { retry_policy: retry, hash_policy: hash = [], request_mirror_policies: mirrors = [] } = config
  if (retry === undefined && hash.length === 0 && mirrors.length === 0) return undefined
  return {
    ...(retry !== undefined && { retryPolicy: compileRetryPolicy(retry, place.at('retry_policy', retry)) }),
    ...(hash.length > 0 && { hashPolicy: compileHashPolicy(hash, place) }),
    ...(mirrors.length > 0 && { mirrorPolicies: compileMirrorPolicies(mirrors, place, place.scope) }),
  }
}
