import { expect, test } from 'vitest'
import { Flag, formatFlags, RESPONSE_FLAGS } from './flags.ts'

test('response flags have the names of Envoy, short and long', () => {
  expect(Object.fromEntries(RESPONSE_FLAGS)).toEqual({
    UH: 'NoHealthyUpstream',
    UF: 'UpstreamConnectionFailure',
    UO: 'UpstreamOverflow',
    NR: 'NoRouteFound',
    URX: 'UpstreamRetryLimitExceeded',
    NC: 'NoClusterFound',
    DT: 'DurationTimeout',
    DC: 'DownstreamConnectionTermination',
    LH: 'FailedLocalHealthCheck',
    UT: 'UpstreamRequestTimeout',
    LR: 'LocalReset',
    UR: 'UpstreamRemoteReset',
    UC: 'UpstreamConnectionTermination',
    DI: 'DelayInjected',
    FI: 'FaultInjected',
    RL: 'RateLimited',
    UAEX: 'UnauthorizedExternalService',
    RLSE: 'RateLimitServiceError',
    IH: 'InvalidEnvoyRequestHeaders',
    SI: 'StreamIdleTimeout',
    DPE: 'DownstreamProtocolError',
    UPE: 'UpstreamProtocolError',
    UMSDR: 'UpstreamMaxStreamDurationReached',
    RFCF: 'ResponseFromCacheFilter',
    NFCF: 'NoFilterConfigFound',
    OM: 'OverloadManagerTerminated',
    DF: 'DnsResolutionFailed',
    DO: 'DropOverload',
    DR: 'DownstreamRemoteReset',
    UDO: 'UnconditionalDropOverload',
  })
})

test('response flags are one bit each, all of them printable together', () => {
  const all = Object.values(Flag).reduce((bits, flag) => bits | flag, 0)
  expect(new Set(Object.values(Flag)).size).toBe(RESPONSE_FLAGS.length)
  expect(formatFlags(all).split(',')).toEqual(RESPONSE_FLAGS.map(([short]) => short))
  expect([formatFlags(0), formatFlags(Flag.UF | Flag.URX), formatFlags(Flag.UF | Flag.URX, true)]).toEqual([
    '-',
    'UF,URX',
    'UpstreamConnectionFailure,UpstreamRetryLimitExceeded',
  ])
})
