import fc from 'fast-check'
import type { Tree } from '../model/document.ts'

// Session affinity: what a first answer gave comes back with the requests that follow.

const state = (kind: 'cookie' | 'header', type: string, fields: Tree): Tree => ({
  name: `envoy.http.stateful_session.${kind}`,
  typed_config: { '@type': `extensions.http.stateful_session.${kind}.v3.${type}`, ...fields },
})

const cookieState = fc
  .record({
    path: fc.constantFrom('/', '/a', ''),
    ttl: fc.constantFrom(undefined, '60s', '0s'),
    attributes: fc.subarray<Tree>([{ name: 'SameSite', value: 'Lax' }, { name: 'Secure' }]),
  })
  .map(({ path, ttl, attributes }) =>
    state('cookie', 'CookieBasedSessionState', {
      cookie: {
        name: 'session',
        path,
        ...(ttl !== undefined && { ttl }),
        ...(attributes.length > 0 && { attributes }),
      },
    }),
  )
const headerState = fc.constant(state('header', 'HeaderBasedSessionState', { name: 'x-session' }))

/** A listener that keeps sessions. */
export const sessionListener: fc.Arbitrary<Tree> = fc
  .tuple(fc.oneof(cookieState, headerState), fc.boolean())
  .map(([session_state, strict]) => ({
    http_filters: [{ 'stateful_session.v3.StatefulSession': { session_state, ...(strict && { strict }) } }],
  }))

const host = (origin: string, health_status: string): Tree => ({
  endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: `{{origin.${origin}}}` } } },
  health_status,
})

/** Two hosts, of which one is there for those who ask for it alone. */
export const sessionCluster: fc.Arbitrary<Tree> = fc
  .tuple(
    fc.constantFrom('HEALTHY', 'UNHEALTHY', 'DRAINING', 'DEGRADED', 'TIMEOUT'),
    fc.constantFrom<Tree>(
      {},
      { common_lb_config: { override_host_status: { statuses: ['HEALTHY', 'DRAINING'] } } },
      { common_lb_config: { override_host_status: { statuses: ['UNKNOWN', 'HEALTHY', 'DEGRADED'] } } },
    ),
  )
  .map(([status, more]) => ({
    ...more,
    load_assignment: {
      cluster_name: 'generated',
      endpoints: [
        { priority: 0, lb_endpoints: [host('b', 'HEALTHY')] },
        { priority: 1, lb_endpoints: [host('a', status)] },
      ],
    },
  }))

export const sessionHost: fc.Arbitrary<Tree> = fc
  .constantFrom<Tree>(
    {},
    { retry_policy: { retry_on: '5xx', num_retries: 1, retry_back_off: { base_interval: '0.001s' } } },
  )
  .map((more) => ({
    routes: [
      { match: { prefix: '/first' }, route: { cluster: 'a' } },
      { match: { prefix: '/none' }, route: { cluster: 'c' } },
      { match: { prefix: '/' }, route: { cluster: 'x', ...more } },
    ],
  }))

const GIVEN = '(?:set-cookie: session="?|x-session: )([^";\\n]+)'
const plain = { method: 'GET', port: '' }

/** The first one goes where the session begins. */
export const sessionRequest: fc.Arbitrary<Tree> = fc
  .constantFrom('/first', '/first/a', '/', '/a')
  .map((path) => ({ ...plain, path, headers: {}, keep: { s: GIVEN } }))

export const sessionFollowers: fc.Arbitrary<readonly Tree[]> = fc.array(
  fc
    .tuple(
      fc.constantFrom('/', '/a', '/none'),
      fc.constantFrom<Tree>(
        { cookie: 'session={{kept.s}}' },
        { cookie: 'd=1; session="{{kept.s}}"; e=2' },
        { 'x-session': '{{kept.s}}' },
        { 'x-session': 'nonsense', cookie: 'session=nonsense' },
      ),
    )
    .map(([path, headers]) => ({ ...plain, path, headers })),
  { minLength: 1, maxLength: 3 },
)
