import { emptyRuntime, type Fraction, requestHeaders, type Runtime } from '@nuncio/core'
import { FakeRuntime, ScriptedRandom } from '@nuncio/core/testing'
import { expect, test } from 'vitest'
import { decideReason, type RequestIdRules, type TraceShares } from './decide-reason.ts'
import { managerShares, routeShares } from './shares.ts'

const UUID: RequestIdRules = { packsReason: true, samplesById: true }
const part = (numerator: number, denominator = 100): Fraction => ({ numerator, denominator })
const ALL: TraceShares = { client: part(100), random: part(100), overall: part(100) }
const NO_RANDOM: TraceShares = { ...ALL, random: part(0) }

interface Case {
  readonly id?: string
  readonly headers?: readonly [string, string][]
  readonly shares?: TraceShares
  readonly rules?: RequestIdRules
  readonly runtime?: Runtime
  readonly chance?: number
}

/** The reason, and the version digit of the id afterwards. */
function decided({ id = '2ccecde7-0b8d-4162-a617-ec71d3bf07e3', headers = [], ...rest }: Case): string {
  const request = requestHeaders([['x-request-id', id], ...headers])
  const world = { runtime: rest.runtime ?? emptyRuntime, random: new ScriptedRandom([rest.chance ?? 0]) }
  const reason = decideReason(request, rest.shares ?? ALL, rest.rules ?? UUID, world)
  return `${reason} ${request.get('x-request-id')![14] ?? '-'}`
}

const CLIENT = ['x-client-trace-id', 'a'] as [string, string]
const FORCE = ['x-envoy-force-trace', 'true'] as [string, string]
// 0x2ccecde7 is 751 750 631: 631 of 10 000, 31 of 100.
test.each<[string, Case, string]>([
  ['all are sampled by default', {}, 'sampling 9'],
  ['none is when random_sampling is 0', { shares: NO_RANDOM }, 'not-traceable 4'],
  ['the id decides: just above its share', { shares: { ...ALL, random: part(632, 10_000) } }, 'sampling 9'],
  ['the id decides: just at its share', { shares: { ...ALL, random: part(631, 10_000) } }, 'not-traceable 4'],
  ['the client asks', { shares: NO_RANDOM, headers: [CLIENT] }, 'client-forced b'],
  ['the client asks first', { headers: [CLIENT, FORCE] }, 'client-forced b'],
  ['a share of what clients ask', { shares: { ...NO_RANDOM, client: part(50) }, headers: [CLIENT], chance: 50 }, 'not-traceable 4'],
  ['a service forces it', { shares: NO_RANDOM, headers: [FORCE] }, 'service-forced a'],
  ['nothing is traced beyond overall_sampling', { shares: { ...ALL, overall: part(0) }, headers: [FORCE] }, 'not-traceable 4'],
  ['what was decided stands', { shares: NO_RANDOM, id: '2ccecde7-0b8d-9162-a617-ec71d3bf07e3' }, 'sampling 9'],
  ['what was forced stands', { id: '2ccecde7-0b8d-a162-a617-ec71d3bf07e3', headers: [CLIENT] }, 'service-forced a'],
  ['what was decided may be too much', { shares: { ...ALL, overall: part(0) }, id: '2ccecde7-0b8d-9162-a617-ec71d3bf07e3' }, 'not-traceable 4'],
  ['an id that is no number', { id: 'nonsense' }, 'not-traceable -'],
  ['an id that begins with a number but is no UUID', { id: '0000000a' }, 'sampling -'],
  ['reasons are not packed', { rules: { ...UUID, packsReason: false } }, 'sampling 4'],
  ['reasons that are not packed are not read', { shares: NO_RANDOM, rules: { ...UUID, packsReason: false }, id: '2ccecde7-0b8d-a162-a617-ec71d3bf07e3' }, 'not-traceable a'],
  ['ids are not asked', { shares: NO_RANDOM, rules: { ...UUID, samplesById: false }, id: 'x' }, 'sampling -'],
  ['the runtime has its way with random sampling', { runtime: new FakeRuntime({ 'tracing.random_sampling': 31 }) }, 'not-traceable 4'],
  ['the runtime has its way with clients', { shares: NO_RANDOM, headers: [CLIENT], runtime: new FakeRuntime({ 'tracing.client_enabled': 0 }) }, 'not-traceable 4'],
  ['the runtime has its way with everything', { runtime: new FakeRuntime({ 'tracing.global_enabled': 0 }) }, 'not-traceable 4'],
])('%s', (_, given, expected) => {
  expect(decided(given)).toBe(expected)
}) // prettier-ignore

test('shares of a connection manager are percentages to two places, but for clients a whole one', () => {
  expect(managerShares({ client_sampling: { value: 12.7 }, random_sampling: { value: 6.31 } })).toEqual({
    client: part(12),
    random: part(630, 10_000),
    overall: part(10_000, 10_000),
  })
})

test('what a route leaves out is all', () => {
  expect(routeShares({ random_sampling: { numerator: 3, denominator: 'MILLION' } })).toEqual({
    client: part(100),
    random: part(3, 1_000_000),
    overall: part(100),
  })
})
