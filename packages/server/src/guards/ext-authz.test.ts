import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createServer } from '../create-server.ts'
import type { Server } from '../server.ts'
import { UnaryService } from './unary-service.ts'

const EXAMPLE = new URL('../../../http-filters/src/ext-authz/example.yaml', import.meta.url)

const PATH = '/envoy.service.auth.v3.Authorization/Check'
const TYPES = ['envoy.service.auth.v3.CheckRequest', 'envoy.service.auth.v3.CheckResponse'] as const
const start = () => UnaryService.start(PATH, TYPES, () => ({ status: {}, ok_response: {} }))

let service: Awaited<ReturnType<typeof start>>
let server: Server

beforeAll(async () => {
  service = await start()
  // A busy machine takes longer than the example allows; a silent service is waited for as long.
  const text = readFileSync(EXAMPLE, 'utf8').replace(/timeout: 0[\d.]+s/g, 'timeout: 2s')
  server = await createServer(text, {
    ports: 'ephemeral',
    endpoints: { authz: [service.address] },
  })
})
afterAll(async () => {
  await server.close()
  await service[Symbol.asyncDispose]()
})
beforeEach(() => {
  service.asked.length = 0
  service.decide = () => ({ status: {}, ok_response: {} })
})

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  return await fetch(`http://127.0.0.1:${server.listeners[0]!.port}${path}`, init)
}

test('asks a service of others over gRPC and obeys it', async () => {
  service.decide = ({ attributes }) =>
    attributes?.request?.http?.headers?.['authorization'] === 'Bearer good'
      ? { status: {}, ok_response: { response_headers_to_add: [{ header: { key: 'x-user', value: 'ann' } }] } }
      : { status: { code: 16 }, denied_response: { status: { code: 'Unauthorized' }, body: 'who are you?' } }
  const good = await ask('/a?b=c', { headers: { authorization: 'Bearer good', cookie: 'secret=1' } })
  expect([good.status, good.headers.get('x-user')]).toEqual([200, 'ann'])
  const { attributes } = service.asked[0]!
  expect([attributes?.request?.http?.path, attributes?.context_extensions]).toEqual(['/a?b=c', { area: 'internal' }])
  expect(attributes?.request?.http?.headers).not.toHaveProperty('cookie')
  const bad = await ask('/a')
  expect([bad.status, await bad.text()]).toEqual([401, 'who are you?'])
})

test('tells the body, and asks about nothing where a route switches it off', async () => {
  expect((await ask('/a', { method: 'POST', body: 'hello' })).status).toBe(200)
  expect(service.asked[0]?.attributes?.request?.http?.body).toBe('hello')
  expect((await ask('/public/a')).status).toBe(200)
  expect(service.asked.length).toBe(1)
})

test('refuses what a silent service says nothing about', async () => {
  service.decide = () => undefined
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask('/a')))
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 503))
})

test('refuses every request when the service is gone', async () => {
  await service[Symbol.asyncDispose]()
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask('/a')))
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 503))
})
