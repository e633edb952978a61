import { headerId, KNOWN_HEADERS, type RequestHeaderTable } from '@nuncio/core'

// Which headers a request may carry by where it comes from (Envoy's tables). Classes by header number, so that a request
// without any of them costs one pass over a byte array.

const ALWAYS = 1
const EXTERNAL = 2
const EDGE = 4
const REFERER = 8

const NAMES: readonly (readonly [number, readonly string[]])[] = [
  [ALWAYS, ['x-envoy-internal', 'x-forwarded-client-cert']],
  [
    EXTERNAL,
    [
      'x-envoy-retriable-status-codes', 'x-envoy-retriable-header-names', 'x-envoy-retry-on', 'x-envoy-retry-grpc-on', 'x-envoy-max-retries',
      'x-envoy-upstream-alt-stat-name', 'x-envoy-upstream-rq-timeout-ms', 'x-envoy-upstream-rq-per-try-timeout-ms',
      'x-envoy-upstream-rq-timeout-alt-response', 'x-envoy-expected-rq-timeout-ms', 'x-envoy-force-trace', 'x-envoy-ip-tags',
      'x-envoy-original-url', 'x-envoy-hedge-on-per-try-timeout',
    ],
  ],
  [EDGE, ['x-envoy-decorator-operation', 'x-envoy-downstream-service-cluster', 'x-envoy-downstream-service-node', 'x-envoy-original-path', 'x-envoy-original-host']],
  [REFERER, ['referer']],
] // prettier-ignore

const CLASS = new Uint8Array(256)
for (const [bit, names] of NAMES) for (const name of names) CLASS[headerId(name)]! |= bit

/** The union of the classes of all lines. */
function classesOf(headers: RequestHeaderTable): number {
  let classes = 0
  const { ids, count, added } = headers
  for (let i = 0; i < count; i++) classes |= CLASS[ids[i]!]!
  if (added !== undefined)
    for (let i = 0; i < added.length; i += 2) classes |= CLASS[headerId(added[i]!.toLowerCase())]!
  return classes
}

/** Takes out what this request may not say. `keepClientCert`: the forwarding of certificates decides on XFCC itself. */
export function sanitizeRequest(
  headers: RequestHeaderTable,
  internal: boolean,
  edge: boolean,
  internalOnly: readonly string[],
  keepClientCert: boolean,
): void {
  if (!internal) for (const name of internalOnly) headers.remove(name)
  const classes = classesOf(headers)
  if (classes === 0) return
  const banned = ALWAYS | (internal ? 0 : EXTERNAL) | (edge ? EDGE : 0)
  if ((classes & banned) !== 0) {
    for (const name of KNOWN_HEADERS) {
      if ((CLASS[headerId(name)]! & banned) === 0) continue
      if (keepClientCert && name === 'x-forwarded-client-cert') continue
      headers.remove(name)
    }
  }
  if ((classes & REFERER) !== 0 && !validReferer(headers.get('referer')!)) headers.remove('referer')
}

/** Envoy drops a referer that is no absolute or relative URL, or carries a fragment or user information. */
function validReferer(value: string): boolean {
  return /^(?:https?:\/\/[^/?#@]+)?(?:[/?][^#]*)?$/i.test(value) && value !== ''
}
