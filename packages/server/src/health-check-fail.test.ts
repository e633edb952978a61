import { expect, test } from 'vitest'
import { createServer } from './create-server.ts'
import { bootstrap } from './test-support/bootstrap.ts'
import { exchange, get } from './test-support/raw-origin.ts'

const FILTER = `- name: health
  typed_config:
    '@type': type.googleapis.com/envoy.extensions.filters.http.health_check.v3.HealthCheck
    pass_through_mode: false
    headers: [{ name: ':path', string_match: { exact: /healthz } }]`

test('POST /healthcheck/fail fails health checks and says goodbye with every response, until /healthcheck/ok', async () => {
  const routes = '- match: { prefix: / }\n  direct_response: { status: 200, body: { inline_string: hello } }'
  const text = bootstrap({ filters: FILTER, routes, more: 'node: { id: one, cluster: edge }' })
  await using server = await createServer(text, { ports: 'ephemeral' })
  const { port } = server.listeners[0]!
  const post = (path: string): Promise<string> =>
    exchange(
      server.admin!.port,
      `POST ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
    )
  const check = (): Promise<string> => exchange(port, get('/healthz'))
  const healthy = await check()
  expect(healthy).toMatch(/^HTTP\/1\.1 200 /)
  expect(healthy).toContain('x-envoy-upstream-healthchecked-cluster: edge')
  await post('/healthcheck/fail')
  expect(await check()).toMatch(/^HTTP\/1\.1 503 /)
  // It closes by itself: the exchange ends though the client would stay.
  const other = await exchange(port, 'GET / HTTP/1.1\r\nhost: test\r\n\r\n')
  expect(other).toMatch(/^HTTP\/1\.1 200 /)
  expect(other).toContain('x-envoy-immediate-health-check-fail: true')
  expect(other).toContain('connection: close')
  await post('/healthcheck/ok')
  expect(await check()).toMatch(/^HTTP\/1\.1 200 /)
})
