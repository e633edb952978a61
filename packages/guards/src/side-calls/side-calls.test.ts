import { formatContext } from '@nuncio/access-log'
import { requestHeaders, responseHeaders, SeededRandom, StreamInfo } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import type { ClusterClients, SideRequest, SideResponse } from '@nuncio/filter-chain'
import { strictPlace } from '@nuncio/matching'
import { expect, test } from 'vitest'
import { failureOf, sideCall } from './caller.ts'
import { GrpcServiceClient } from './grpc-service.ts'
import { backoffMs, compileSideRetry } from './retry-policy.ts'

type Answer = SideResponse | { readonly failure: string }

function answer(status: number, grpcStatus = -1): SideResponse {
  return { status, headers: responseHeaders(status, []), body: new Uint8Array(), grpcStatus, grpcMessage: '' }
}

/** A cluster whose calls end so, one after the other; the last answer is for all that follow. */
function scripted(answers: readonly Answer[]) {
  const time = new FakeTime()
  const requests: SideRequest[] = []
  const starts: number[] = []
  const clusters: ClusterClients = {
    get: () => undefined,
    fetch: async (_, request) => {
      const next = answers[Math.min(requests.length, answers.length - 1)]!
      requests.push(request)
      starts.push(time.monotonicMs())
      if ('failure' in next) throw Object.assign(new Error(next.failure), next)
      return await Promise.resolve(next)
    },
  }
  return { time, requests, starts, parts: { clusters, time, random: new SeededRandom(1) } }
}

const REQUEST = { method: 'GET', path: '/', authority: 'a', timeoutMs: 10_000 }

function policy(yaml: { retry_on?: string; num_retries?: number; base?: number }) {
  const { base, ...rest } = yaml
  const config = { ...rest, ...(base !== undefined && { retry_back_off: { base_interval: base } }) }
  return compileSideRetry(config, strictPlace(config), '')!
}

/** How a call ends while time passes: its response, or the kind of its failure. */
async function settled(time: FakeTime, call: Promise<SideResponse>): Promise<SideResponse | string> {
  const ended = call.catch((error: unknown) => failureOf(error))
  await time.advanceAsync(20_000)
  return await ended
}

test.each<[string, readonly Answer[], number]>([
  ['5xx', [answer(503), answer(200)], 2],
  ['5xx', [{ failure: 'reset' }, { failure: 'connect' }, answer(200)], 3],
  ['5xx', [answer(404)], 1],
  ['gateway-error', [answer(500)], 1],
  ['gateway-error', [answer(502), answer(200)], 2],
  ['connect-failure', [{ failure: 'connect' }, answer(200)], 2],
  ['connect-failure', [{ failure: 'reset' }], 1],
  ['reset', [{ failure: 'reset' }, answer(200)], 2],
  ['retriable-4xx', [answer(409), answer(200)], 2],
  ['unavailable', [answer(200, 14), answer(200, 0)], 2],
  ['unavailable', [answer(200, 13)], 1],
  ['cancelled,deadline-exceeded,internal,resource-exhausted', [answer(200, 1), answer(200, 4), answer(200, 13), answer(200, 8), answer(200, 0)], 5], // prettier-ignore
  ['5xx', [{ failure: 'timeout' }], 1],
  ['5xx', [{ failure: 'overflow' }], 1],
  ['', [answer(503)], 1],
])('retry_on %j makes %j into %i tries', async (words, answers, tries) => {
  const { time, requests, parts } = scripted(answers)
  await settled(time, sideCall(parts, 'c', REQUEST, policy({ retry_on: words, num_retries: 5 })))
  expect(requests.length).toBe(tries)
})

test('a call is made num_retries times more, once when that is not said, and its last answer counts', async () => {
  const { time, requests, parts } = scripted([answer(503)])
  expect(await settled(time, sideCall(parts, 'c', REQUEST, policy({ retry_on: '5xx' })))).toMatchObject({ status: 503 })
  expect(requests.length).toBe(2)
  const failing = scripted([{ failure: 'connect' }])
  const call = sideCall(failing.parts, 'c', REQUEST, policy({ retry_on: '5xx', num_retries: 3 }))
  expect([await settled(failing.time, call), failing.requests.length]).toEqual(['connect', 4])
})

test('all tries together keep the time limit, and none begins that would end after it', async () => {
  const { time, requests, starts, parts } = scripted([answer(503)])
  const startMs = time.monotonicMs()
  const call = sideCall(parts, 'c', { ...REQUEST, timeoutMs: 1500 }, policy({ retry_on: '5xx', num_retries: 9 }))
  expect(await settled(time, call)).toMatchObject({ status: 503 })
  expect(Math.max(...starts) - startMs).toBeLessThan(1500)
  expect(requests.map(({ timeoutMs }) => timeoutMs)).toEqual(requests.map(({ timeoutMs }) => timeoutMs).toSorted((a, b) => b - a)) // prettier-ignore
})

test('the pause doubles from the base up to the maximum', () => {
  const { retries, ...rest } = policy({ retry_on: '5xx', base: 100 })
  expect(retries).toBe(1)
  expect([1, 2, 3, 4, 5, 6].map((nth) => backoffMs({ ...rest, retries }, nth, 0.999))).toEqual([99, 199, 399, 799, 999, 999]) // prettier-ignore
  expect(backoffMs(policy({}), 1, 0.5)).toBe(500)
})

test('a gRPC service is called with its authority, deadline and formatted metadata', async () => {
  const { requests, parts } = scripted([answer(200, 0)])
  const config = {
    envoy_grpc: {
      cluster_name: 'c',
      authority: 'a.example',
      max_receive_message_length: 100,
      skip_envoy_headers: true,
    },
    initial_metadata: [
      { key: 'X-User', value: '%REQ(x-a)%' },
      { key: 'x-none', value: '%REQ(x-b)%' },
      { key: 'x-raw', raw_value: Uint8Array.of(97, 233) },
    ],
  }
  const client = new GrpcServiceClient(config, strictPlace(config), { ...parts, format: { report: () => {} } }, 250)
  const info = new StreamInfo({ remote: { address: '', port: 0 } } as never, 0, 0)
  await client.call('/s/m', Uint8Array.of(1), formatContext(info, requestHeaders([['x-a', 'ann']])), {})
  expect(requests[0]).toEqual({
    method: 'POST', path: '/s/m', authority: 'a.example', grpc: true, body: Uint8Array.of(1), timeoutMs: 250,
    sendInternal: false, sendXff: false, maxResponseBytes: 105, headers: [['grpc-timeout', '250m'], ['x-user', 'ann'], ['x-raw', 'a\u00e9']],
  }) // prettier-ignore
})
