/**
 * Header names that the proxy itself reads or writes. The parser recognises them without making a string; their
 * number is the index here plus one, 0 stands for every other name.
 */
export const KNOWN_HEADERS = [
  // 1–8: hop-by-hop (RFC 9110 7.6.1) and framing; `isHopByHop` relies on this block.
  'connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'te', 'trailer', 'http2-settings',
  // what the codec and the connection manager read of every request
  'content-length', 'host', 'expect', 'content-type', 'user-agent', 'referer', 'cookie', 'via', 'origin', 'authorization',
  'accept-encoding', 'grpc-timeout', 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-port',
  'x-forwarded-client-cert', 'x-request-id', 'x-client-trace-id',
  // responses
  'server', 'date', 'location', 'set-cookie', 'content-encoding', 'etag', 'vary', 'grpc-status', 'grpc-message',
  // Envoy's own
  'x-envoy-internal', 'x-envoy-external-address', 'x-envoy-expected-rq-timeout-ms', 'x-envoy-upstream-service-time',
  'x-envoy-attempt-count', 'x-envoy-retry-on', 'x-envoy-retry-grpc-on', 'x-envoy-max-retries', 'x-envoy-retriable-status-codes',
  'x-envoy-retriable-header-names', 'x-envoy-upstream-rq-timeout-ms', 'x-envoy-upstream-rq-per-try-timeout-ms',
  'x-envoy-upstream-rq-timeout-alt-response', 'x-envoy-upstream-alt-stat-name', 'x-envoy-force-trace', 'x-envoy-ip-tags',
  'x-envoy-original-url', 'x-envoy-original-path', 'x-envoy-original-host', 'x-envoy-hedge-on-per-try-timeout',
  'x-envoy-decorator-operation', 'x-envoy-downstream-service-cluster', 'x-envoy-downstream-service-node',
  'x-envoy-is-timeout-retry', 'x-envoy-overloaded', 'x-envoy-ratelimited', 'x-envoy-degraded',
  'x-envoy-immediate-health-check-fail', 'x-envoy-upstream-canary',
] as const // prettier-ignore

/** A name of `KNOWN_HEADERS`, in lower case. */
export type KnownHeader = (typeof KNOWN_HEADERS)[number]

const IDS: ReadonlyMap<string, number> = new Map(KNOWN_HEADERS.map((name, i) => [name, i + 1]))

/** The number of a lower-case header name; 0 for one that is not known. */
export function headerId(name: string): number {
  return IDS.get(name) ?? 0
}

/** As `headerId`, for names that are known at compile time. */
export function idOf(name: KnownHeader): number {
  return IDS.get(name)!
}

/** Whether a known header concerns one connection only and is never forwarded as it stands. */
export function isHopByHop(id: number): boolean {
  return id !== 0 && id <= 8
}
