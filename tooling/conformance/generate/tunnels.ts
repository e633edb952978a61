import fc from 'fast-check'
import type { Tree } from '../model/document.ts'
import { maybe, merged } from './combine.ts'

// Upgrades and CONNECT: who allows them, who answers, and what goes through.

const upgrade = (upgrade_type: string, enabled: boolean): Tree => ({ upgrade_type, ...(!enabled && { enabled }) })
const upgrades = fc
  .subarray(['websocket', 'CONNECT', 'other'], { minLength: 1 })
  .chain((types) => fc.tuple(...types.map((type) => fc.boolean().map((enabled) => upgrade(type, enabled)))))

/** A listener that allows some, to its filters too. */
export const tunnelListener: fc.Arbitrary<Tree> = merged(
  merged(
    maybe(fc.constant({ use_remote_address: true })),
    fc.oneof({ weight: 1, arbitrary: fc.constant({}) }, { weight: 4, arbitrary: upgrades.map((upgrade_configs) => ({ upgrade_configs })) }),
    fc.boolean().map((allow_connect) => ({ http2_protocol_options: { allow_connect } })),
    maybe(fc.constant({ strip_any_host_port: true })),
  ).map((hcm) => ({ hcm })),
  maybe(
    fc.constant({
      http_filters: [{ 'header_mutation.v3.HeaderMutation': { mutations: { request_mutations: [{ append: { header: { key: 'x-a', value: 'set' } } }] } } }],
    }),
  ),
) // prettier-ignore

const options: fc.Arbitrary<Tree> = merged(
  fc.constantFrom('a', 'a', 'h', 'f', 'nobody', 'refused').map((cluster) => ({ cluster })),
  maybe(upgrades.map((upgrade_configs) => ({ upgrade_configs }))),
  maybe(fc.constant({ prefix_rewrite: '/new' })),
  maybe(fc.constant({ host_rewrite_literal: 'other.test' })),
  maybe(fc.constant({ timeout: '0.2s' })),
)

const connecting: fc.Arbitrary<Tree> = fc.oneof(
  { weight: 2, arbitrary: options },
  {
    weight: 3,
    arbitrary: fc.constantFrom('t', 'refused', 'nobody').map((cluster) => ({
      cluster,
      upgrade_configs: [{ upgrade_type: 'CONNECT', connect_config: {} }],
    })),
  },
)

/** Routes of tunnels and of requests like any other. */
export const tunnelHost: fc.Arbitrary<Tree> = fc
  .tuple(connecting, options, fc.constantFrom('/', '/a'), fc.boolean())
  .map(([tunnel, plain, prefix, both]) => ({
    routes: [
      ...(both ? [{ match: { connect_matcher: {} }, route: tunnel }] : []),
      { match: { prefix }, route: plain },
      { match: { prefix: '/' }, direct_response: { status: 404, body: { inline_string: 'none' } } },
    ],
  }))
  .map(({ routes }) => ({ routes: routes.map(withoutPrefixOfConnect) }))

function withoutPrefixOfConnect(route: Tree): Tree {
  if (!('connect_matcher' in (route['match'] as Tree))) return route
  const { prefix_rewrite: _prefix, ...kept } = route['route'] as Tree
  return { ...route, route: kept }
}

const tunnel = fc.constantFrom<readonly Tree[] | readonly unknown[]>(
  ['hello', { until: 'hello' }],
  ['hello', { until: 'hello' }, 'again', { until: 'again' }, { wait: 10 }],
  [{ end: true }],
)

const upgrading: fc.Arbitrary<Tree> = fc
  .record({
    type: fc.constantFrom('websocket', 'websocket', 'WebSocket', 'other'),
    connection: fc.constantFrom('Upgrade', 'upgrade'),
    path: fc.constantFrom('/', '/a', '/a/b?k=v'),
    more: fc.constantFrom<Tree>({}, { 'x-a': 'v' }, { 'sec-websocket-key': 'abc', 'sec-websocket-version': '13' }),
    through: tunnel,
  })
  .map(({ type, connection, path, more, through }) => ({
    method: 'GET',
    port: '',
    path,
    headers: { connection, upgrade: type, ...more },
    tunnel: through,
  }))

const extended: fc.Arbitrary<Tree> = fc
  .tuple(fc.constantFrom('websocket', 'other'), fc.constantFrom('/', '/a'), tunnel)
  .map(([type, path, through]) => ({
    method: 'CONNECT',
    port: '',
    path,
    protocol: 'http2',
    headers: { ':protocol': type },
    tunnel: through,
  }))

const connect: fc.Arbitrary<Tree> = fc
  .tuple(fc.constantFrom(undefined, undefined, 'http2'), tunnel)
  .map(([protocol, through]) => ({
    method: 'CONNECT',
    port: ':81',
    path: '',
    headers: {},
    tunnel: through,
    ...(protocol !== undefined && { protocol }),
  }))

export const tunnelRequest: fc.Arbitrary<Tree> = fc.oneof(upgrading, extended, connect)

/** What an origin answers to it. */
export const tunnelReplies: fc.Arbitrary<readonly Tree[]> = fc
  .constantFrom<Tree>(
    { echo: true },
    { echo: true },
    { echo: true },
    { status: 403, body: 'no' },
    { status: 503 },
    // oxlint-disable-next-line unicorn/no-thenable -- nobody awaits a script
    { then: 'reset' },
  )
  .map((reply) => [reply])
