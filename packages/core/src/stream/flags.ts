/** Why a response is what it is: Envoy's response flags, one bit each, in Envoy's order of printing. */
export const RESPONSE_FLAGS = [
  ['LH', 'FailedLocalHealthCheck'], ['UH', 'NoHealthyUpstream'], ['UT', 'UpstreamRequestTimeout'], ['LR', 'LocalReset'],
  ['UR', 'UpstreamRemoteReset'], ['UF', 'UpstreamConnectionFailure'], ['UC', 'UpstreamConnectionTermination'],
  ['UO', 'UpstreamOverflow'], ['NR', 'NoRouteFound'], ['DI', 'DelayInjected'], ['FI', 'FaultInjected'], ['RL', 'RateLimited'],
  ['UAEX', 'UnauthorizedExternalService'], ['RLSE', 'RateLimitServiceError'], ['DC', 'DownstreamConnectionTermination'],
  ['URX', 'UpstreamRetryLimitExceeded'], ['SI', 'StreamIdleTimeout'], ['IH', 'InvalidEnvoyRequestHeaders'],
  ['DPE', 'DownstreamProtocolError'], ['UMSDR', 'UpstreamMaxStreamDurationReached'], ['RFCF', 'ResponseFromCacheFilter'],
  ['NFCF', 'NoFilterConfigFound'], ['DT', 'DurationTimeout'], ['UPE', 'UpstreamProtocolError'], ['NC', 'NoClusterFound'],
  ['OM', 'OverloadManagerTerminated'], ['DF', 'DnsResolutionFailed'], ['DO', 'DropOverload'], ['DR', 'DownstreamRemoteReset'],
  ['UDO', 'UnconditionalDropOverload'],
] as const // prettier-ignore

/** The short name of a flag, as access logs have it. */
export type ResponseFlag = (typeof RESPONSE_FLAGS)[number][0]

/** The bit of each flag. */
export const Flag: Readonly<Record<ResponseFlag, number>> = Object.freeze(
  Object.fromEntries(RESPONSE_FLAGS.map(([short], i) => [short, (2 ** i) >>> 0])),
) as Readonly<Record<ResponseFlag, number>>

/** `UF,URX`, or `-` for none. `long` prints the full names. */
export function formatFlags(bits: number, long = false): string {
  if (bits === 0) return '-'
  const names = RESPONSE_FLAGS.filter((_, i) => (bits & (2 ** i)) !== 0).map((flag) => flag[long ? 1 : 0])
  return names.join(',')
}
