import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createServer } from '../create-server.ts'
import type { Server } from '../server.ts'
import { ok, RawOrigin } from '../test-support/raw-origin.ts'
import { UnaryService } from './unary-service.ts'

const EXAMPLE = new URL('../../../http-filters/src/ratelimit/example.yaml', import.meta.url)
const PATH = '/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit'
const TYPES = ['envoy.service.ratelimit.v3.RateLimitRequest', 'envoy.service.ratelimit.v3.RateLimitResponse'] as const
/** Allows two requests of each key. */
const start = () => {
  const seen = new Map<string, number>()
  return UnaryService.start(PATH, TYPES, ({ descriptors = [] }) => {
    const keys = descriptors.map(({ entries = [] }) => entries.map(({ value }) => value).join('/'))
    const left = keys.map((key) => {
      seen.set(key, (seen.get(key) ?? 0) + 1)
      return 2 - seen.get(key)!
    })
    return {
      overall_code: left.some((n) => n < 0) ? 'OVER_LIMIT' : 'OK',
      statuses: left.map((n) => ({ code: n < 0 ? 'OVER_LIMIT' : 'OK', current_limit: { requests_per_unit: 2, unit: 'MINUTE' }, limit_remaining: Math.max(0, n) })), // prettier-ignore
    }
  })
}

let service: Awaited<ReturnType<typeof start>>
let app: RawOrigin
let server: Server
beforeAll(async () => {
  service = await start()
  app = await RawOrigin.start((socket) => void socket.write(ok('hello')))
  const endpoints = { limits: [service.address], app: [app.address] }
  // A busy machine takes longer than the example allows.
  const text = readFileSync(EXAMPLE, 'utf8').replace(/timeout: [\d.]+s/g, 'timeout: 10s')
  server = await createServer(text, { ports: 'ephemeral', endpoints })
})
afterAll(async () => {
  await server.close()
  await app[Symbol.asyncDispose]()
  await service[Symbol.asyncDispose]()
})

async function ask(key: string): Promise<[number, string | null]> {
  const url = `http://127.0.0.1:${server.listeners[0]!.port}/`
  const response = await fetch(url, { headers: { 'x-api-key': key } })
  return [response.status, response.headers.get('x-ratelimit-remaining')]
}

test('a service of others limits requests over gRPC, and fails closed when told so', async () => {
  expect([await ask('a'), await ask('a'), await ask('a')]).toEqual([[200, '1'], [200, '0'], [429, '0']]) // prettier-ignore
  expect(service.asked[0]).toMatchObject({
    domain: 'edge',
    descriptors: [
      { entries: [{ key: 'remote_address', value: '127.0.0.1' }] },
      { entries: [{ key: 'api_key', value: 'a' }, { key: 'generic_key', value: 'search' }] },
    ],
  }) // prettier-ignore
  await service[Symbol.asyncDispose]()
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask('b')))
  expect(answers.map(([status]) => status)).toEqual(Array.from({ length: 20 }, () => 500))
})
