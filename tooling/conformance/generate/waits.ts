import fc from 'fast-check'
import type { Tree } from '../model/document.ts'
import { maybe, merged } from './combine.ts'

// Origins that hang, and how long who waits for them. What may end a request differs by a tenth of a second at least.

const retries: fc.Arbitrary<Tree> = merged(
  fc.constantFrom('5xx', 'reset', 'gateway-error', 'retriable-4xx', '5xx,reset-before-request').map((retry_on) => ({ retry_on })),
  fc.nat(2).map((num_retries) => ({ num_retries })),
  fc.constant({ retry_back_off: { base_interval: '0.001s' } }),
  fc.constantFrom<Tree>({ per_try_timeout: '0.1s' }, { per_try_idle_timeout: '0.1s' }, {}),
).map((retry_policy) => ({ retry_policy })) // prettier-ignore

const hedges = fc.constant<Tree>({ hedge_policy: { hedge_on_per_try_timeout: true } })

/** One route to somebody slow. */
export const slowHost: fc.Arbitrary<Tree> = merged(
  fc.constantFrom('a', 'a', 'h').map((cluster) => ({ cluster })),
  fc.constantFrom('0.5s', '0.5s', '0s').map((timeout) => ({ timeout })),
  maybe(fc.constant({ idle_timeout: '0.8s' })),
  maybe(fc.constant({ max_stream_duration: { max_stream_duration: '1.1s' } })),
  fc.oneof(fc.constant({}), retries, retries),
  maybe(hedges),
).map((route) => ({ routes: [{ match: { prefix: '/' }, route }], include_request_attempt_count: true }))

export const slowListener: fc.Arbitrary<Tree> = merged(
  maybe(fc.constant({ stream_idle_timeout: '0.9s' })),
  maybe(fc.constant({ request_timeout: '1.3s' })),
  fc.constant({ common_http_protocol_options: { max_stream_duration: '1.7s' } }),
).map((hcm) => ({ hcm }))

/** What never ends comes last: each list ends so or with an answer. */
export const slowReplies: fc.Arbitrary<readonly Tree[]> = fc.array(
  // oxlint-disable unicorn/no-thenable -- nobody awaits a script
  fc.constantFrom<Tree>(
    { then: 'hold' },
    { then: 'hold' },
    { then: 'reset' },
    { status: 503 },
    { status: 200, headers: { 'x-origin': 'late' } },
    { status: 200, headers: { 'content-length': '20' }, body: 'half of it', then: 'hold' },
    { status: 200, headers: { 'content-length': '20' }, body: 'half of it', then: 'reset' },
  ),
  // oxlint-enable unicorn/no-thenable
  { minLength: 1, maxLength: 3 },
)

export const slowRequest: fc.Arbitrary<Tree> = fc
  .record({
    method: fc.constantFrom('GET', 'GET', 'POST'),
    protocol: fc.constantFrom(undefined, 'http2'),
    headers: fc.constantFrom<Tree>(
      {},
      {},
      { 'x-envoy-upstream-rq-timeout-ms': '300' },
      { 'x-envoy-upstream-rq-per-try-timeout-ms': '100', 'x-envoy-max-retries': '1', 'x-envoy-retry-on': '5xx' },
      { 'x-envoy-upstream-rq-timeout-alt-response': 'yes' },
      { 'content-type': 'application/grpc' },
      { 'content-type': 'application/grpc', 'grpc-timeout': '300m' },
    ),
  })
  .map(({ method, protocol, headers }) => ({
    method,
    port: '',
    path: '/',
    headers,
    ...(method === 'POST' && { body: 'bytes' }),
    ...(protocol !== undefined && { protocol }),
  }))
