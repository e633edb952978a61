import { createServer } from '@nuncio/server'
import { readOtlp } from '@nuncio/tracing/testing'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function listen(answer: RequestListener): Promise<string> {
  const server = createHttpServer(answer).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('the collector of the example gets a span for the request and one for each try', async () => {
  let tries = 0
  const bodies: Buffer[] = []
  const backend = await listen((_, response) => void response.writeHead(++tries === 1 ? 503 : 200).end())
  const collector = await listen((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      bodies.push(Buffer.concat(chunks))
      response.end()
    })
  })
  const text = readFileSync(path.join(import.meta.dirname, 'envoy.yaml'), 'utf8').replaceAll(
    'timeout: 1s',
    'timeout: 30s',
  )
  const server = await createServer(text, {
    ports: 'ephemeral',
    endpoints: { backend: [backend], collector: [collector] },
  })
  const ask = (where: string, headers = {}): Promise<Response> =>
    fetch(`http://127.0.0.1:${server.listeners[0]!.port}${where}`, { headers })
  await ask('/cart', { 'x-tenant': 'acme' })
  await ask('/ready')
  await server.close()
  const exported = bodies.map((body) => readOtlp(body))
  const spans = exported.flatMap((each) => each.spans)
  expect(exported[0]!.resource['service.name']).toBe('shop')
  expect(spans.map(({ name, attributes }) => [name, attributes['http.status_code'], attributes['tenant']])).toEqual([
    ['router backend egress', '503', 'acme'],
    ['router backend egress', '200', 'acme'],
    ['shop', '200', 'acme'],
  ])
  expect(spans[2]!.attributes['nuncio.fate']).toBe('success_after_retry')
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1)
  expect(spans.slice(0, 2).map(({ parentId }) => parentId)).toEqual([spans[2]!.spanId, spans[2]!.spanId])
})
