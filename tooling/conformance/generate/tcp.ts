import fc from 'fast-check'
import type { Tree } from '../model/document.ts'
import { maybe, merged } from './combine.ts'
import { accessLogs } from './logs.ts'

// TCP proxies, what stands before them, and clients that write and end.

const side = (value: string): Tree => ({ metadata_match: { filter_metadata: { 'envoy.lb': { side: value } } } })

/** Where to; a choice by chance is one of a single cluster. */
const target: fc.Arbitrary<Tree> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('t', 't', 'u', 'refused', 'nobody', 'ts').map((cluster) => ({ cluster })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('t', 'u').map((name) => ({
      weighted_clusters: {
        clusters: [
          { name, weight: 1 },
          { name, weight: 3 },
        ],
      },
    })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('left', 'right', 'none').map((value) => ({ cluster: 'sides', ...side(value) })),
  },
)

const options: fc.Arbitrary<Tree> = merged(
  // Clients end by themselves well before, or wait for something that never comes.
  maybe(fc.constantFrom('0.4s', '0s').map((idle_timeout) => ({ idle_timeout }))),
  maybe(fc.constant({ max_downstream_connection_duration: '0.6s' })),
  maybe(fc.constantFrom(1, 2).map((max_connect_attempts) => ({ max_connect_attempts }))),
  maybe(fc.constant({ access_log_options: { flush_access_log_on_connected: true } })),
  maybe(fc.constant({ hash_policy: [{ source_ip: {} }] })),
)

const rules = fc
  .tuple(fc.constantFrom('ALLOW', 'DENY', 'LOG'), fc.constantFrom('127.0.0.0', '10.0.0.0'))
  .map(([action, address_prefix]) => ({
    'rbac.v3.RBAC': {
      stat_prefix: 'r.',
      rules: {
        action,
        policies: {
          one: { permissions: [{ any: true }], principals: [{ direct_remote_ip: { address_prefix, prefix_len: 8 } }] },
        },
      },
    },
  }))

const before: fc.Arbitrary<readonly Tree[]> = fc.oneof(
  rules.map((tree) => [tree]),
  fc.constant([{ 'connection_limit.v3.ConnectionLimit': { stat_prefix: 'cl', max_connections: 1 } }]),
  fc.constant([
    {
      'local_ratelimit.v3.LocalRateLimit': { stat_prefix: 'rl', token_bucket: { max_tokens: 1, fill_interval: '60s' } },
    },
  ]),
)

/** A listener of bytes. */
export const tcpListener: fc.Arbitrary<Tree> = merged(
  fc.tuple(target, options).map(([to, more]) => ({ tcp: { ...to, ...more } })),
  // Lines of formats that say nothing of a denial cannot be told from those of other ends.
  fc.oneof(
    fc.constant({}),
    before.map((network_filters) => ({ network_filters })),
    accessLogs.map((access_logs) => ({ access_logs })),
  ),
)

const pieces = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('hello', 'two\r\nlines', 'é') },
    { weight: 2, arbitrary: fc.constantFrom('hello', 'u here').map((until) => ({ until })) },
    { weight: 1, arbitrary: fc.constant({ wait: 20 }) },
  ),
  { maxLength: 4 },
)

/** Bytes of a client, which ends at last, or waits for the end. */
export const tcpRequest: fc.Arbitrary<Tree> = fc.tuple(pieces, fc.boolean()).map(([raw, ends]) => ({
  raw: ends ? [...raw, { wait: 20 }, { end: true }] : [...raw, { wait: 20 }],
  until: { quiet: 60 },
}))
