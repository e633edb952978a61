import fc from 'fast-check'
import type { Tree } from '../model/document.ts'
import { mergeTrees } from '../model/trees.ts'
import { maybe, merged } from './combine.ts'

// Clusters whose hosts are sick, few, spread over priorities and localities, slow to say yes, or reached by TLS.

/** One host at most may be chosen at a time, or a hash says which: what two proxies choose by chance cannot be compared. */
const HEALTHY = ['HEALTHY', 'UNHEALTHY', 'DRAINING', 'TIMEOUT', 'DEGRADED', 'UNKNOWN']
const USABLE = new Set(['HEALTHY', 'DEGRADED', 'UNKNOWN'])
const hosts = fc
  .uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c', 'f', 'z'), fc.constantFrom(...HEALTHY)), {
    selector: ([origin]) => origin,
    minLength: 1,
    maxLength: 3,
  })
  // Where none of several priorities has a host that may be used, all of them are in panic, and chance chooses.
  .map((list) => (list.some(([, status]) => USABLE.has(status)) ? list : list.slice(0, 1)))
  .map((list) =>
    list.map(([origin, health_status], priority) => ({
      priority,
      lb_endpoints: [
        {
          endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: `{{origin.${origin}}}` } } },
          health_status,
        },
      ],
    })),
  )

const named = (origin: string): Tree => ({
  origin,
  metadata: { filter_metadata: { 'envoy.lb': { hash_key: `${origin}.test` } } },
})

const HASHED = ['RING_HASH', 'MAGLEV']

/** Hosts of a locality; a hash says which, so that their names are their keys. */
const member = (origin: string, health_status: string, load_balancing_weight: number): Tree => ({
  endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: `{{origin.${origin}}}` } } },
  health_status,
  load_balancing_weight,
  metadata: { filter_metadata: { 'envoy.lb': { hash_key: `${origin}.test` } } },
})

const spread: fc.Arbitrary<Tree> = fc
  .record({
    lb_policy: fc.constantFrom(...HASHED),
    places: fc.array(fc.tuple(fc.nat(1), fc.constantFrom('one', 'two'), fc.integer({ min: 1, max: 3 }), fc.constantFrom(...HEALTHY), fc.integer({ min: 1, max: 3 })), { minLength: 2, maxLength: 4 }),
    overprovisioning_factor: fc.constantFrom(undefined, 100, 200),
    weighted: fc.boolean(),
  })
  .map(({ lb_policy, places, overprovisioning_factor, weighted }) => ({
    lb_policy,
    ...(weighted && { common_lb_config: { locality_weighted_lb_config: {} } }),
    load_assignment: {
      cluster_name: 'generated',
      ...(overprovisioning_factor !== undefined && { policy: { overprovisioning_factor } }),
      // Priorities without a gap.
      endpoints: places.map(([priority, zone, weight, health, own], i) => ({
        priority: places.some(([each]) => each === 0) ? priority : 0,
        locality: { zone: `${zone}${i}` },
        load_balancing_weight: weight,
        lb_endpoints: [member(['a', 'b', 'c', 'f'][i]!, health, own)],
      })),
    },
  })) // prettier-ignore

const identity = (name: string): Tree => ({
  tls_certificates: [{ certificate_chain: { filename: `{{cert.${name}}}` }, private_key: { filename: `{{key.${name}}}` } }],
}) // prettier-ignore

const trusting = (authority: string, san: string | undefined): Tree => ({
  validation_context: {
    trusted_ca: { filename: `{{cert.${authority}}}` },
    ...(san !== undefined && { match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: san } }] }),
  },
})

const REFUSED_BY = /stranger|other\.example/

/**
 * By TLS, to an origin that may ask for a certificate. It asks for none of a client that will refuse it: which of two refusals
 * is told is a race.
 */
const secure: fc.Arbitrary<Tree> = fc
  .record({
    origin: fc.constantFrom('k', 'm'),
    shows: fc.constantFrom<Tree>({}, identity('client'), identity('intruder')),
    trusts: fc.constantFrom<Tree>({}, trusting('root', undefined), trusting('stranger', undefined), trusting('root', 'server.example'), trusting('root', 'other.example')),
    sni: fc.constantFrom(undefined, 'server.example'),
  })
  .map(({ origin, shows, trusts, sni }) => ({
    endpoints: [REFUSED_BY.test(JSON.stringify(trusts)) ? 'k' : origin],
    transport_socket: {
      name: 'tls',
      typed_config: {
        '@type': 'extensions.transport_sockets.tls.v3.UpstreamTlsContext',
        ...(sni !== undefined && { sni }),
        common_tls_context: { ...shows, ...trusts },
      },
    },
  })) // prettier-ignore

const endpoints = fc.oneof(
  { weight: 3, arbitrary: hosts.map((list) => ({ load_assignment: { cluster_name: 'generated', endpoints: list } })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...HASHED).map((lb_policy) => ({ lb_policy, endpoints: ['a', 'b', 'c'].map(named) })),
  },
  { weight: 2, arbitrary: spread },
  { weight: 1, arbitrary: secure },
)

const breakers = maybe(
  fc.constantFrom('max_requests', 'max_pending_requests', 'max_connections', 'max_retries').map((name) => ({
    circuit_breakers: { thresholds: [{ [name]: 0 }] },
  })),
)

const panic = maybe(
  fc.constantFrom(0, 100).map((value) => ({
    common_lb_config: { healthy_panic_threshold: { value } },
  })),
)

/** A cluster of at most a few hosts. */
export const cluster: fc.Arbitrary<Tree> = fc
  .tuple(merged(breakers, panic), endpoints)
  .map(([more, own]) => mergeTrees(more, own))
