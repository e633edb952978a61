import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createServer } from './create-server.ts'
import { bootstrap, logTo } from './test-support/bootstrap.ts'
import { exchange, get, ok, RawOrigin, until } from './test-support/raw-origin.ts'

// What a cluster answers that has nothing good to offer: a flag, a counter and a defined reply, each time.

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'nuncio-bad-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const FORMAT = '%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %FATE%'

const FAILING = 'HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n'

async function serve(options: {
  readonly cluster?: string
  readonly routes?: string
  readonly hosts: readonly RawOrigin[]
}) {
  const file = path.join(folder, 'log')
  const server = await createServer(bootstrap({ ...options, hcm: logTo(file, FORMAT) }), {
    endpoints: { app: options.hosts.map((host) => host.address) },
  })
  const ask = async (): Promise<string> => await exchange(server.listeners[0]!.port, get('/'))
  const stat = (name: string): number =>
    server.stats.counters.get(`cluster.app.${name}`)?.value ??
    server.stats.gauges.get(`cluster.app.${name}`)?.value ??
    0
  const logged = async (): Promise<string[]> => {
    await server.close()
    return readFileSync(file, 'utf8').trim().split('\n')
  }
  return { server, ask, stat, logged }
}

describe('a cluster', () => {
  test('without hosts answers 503 UH', async () => {
    const { ask, stat, logged } = await serve({ hosts: [] })
    expect(await ask()).toContain('no healthy upstream')
    expect([stat('upstream_cx_none_healthy'), stat('fate.no_healthy_host')]).toEqual([1, 1])
    expect(await logged()).toEqual(['503 UH no_healthy_upstream no_healthy_host'])
  })

  test('whose localities have no weight uses all hosts of the level', async () => {
    await using origin = await RawOrigin.start((socket) => socket.write(ok('a')))
    const cluster = 'common_lb_config: { locality_weighted_lb_config: {} }'
    const { ask, logged } = await serve({ cluster, hosts: [origin] })
    expect(await ask()).toContain('200 OK')
    expect(await logged()).toEqual(['200 - via_upstream success'])
  })

  test('of which all hosts are ejected goes on with all of them in panic, and counts that', async () => {
    await using origin = await RawOrigin.start((socket) => socket.write(FAILING))
    const cluster = 'outlier_detection: { consecutive_5xx: 1, max_ejection_percent: 100 }'
    const { ask, stat, logged } = await serve({ cluster, hosts: [origin] })
    await ask()
    expect(stat('membership_healthy')).toBe(0)
    await ask()
    expect([stat('outlier_detection.ejections_active'), stat('lb_healthy_panic')]).toEqual([1, 1])
    expect(await logged()).toEqual(Array(2).fill('503 - via_upstream not_retryable'))
  })

  test('of which all hosts are ejected, and that has no panic, answers 503 UH', async () => {
    await using origin = await RawOrigin.start((socket) => socket.write(FAILING))
    const cluster = `
outlier_detection: { consecutive_5xx: 1, max_ejection_percent: 100 }
common_lb_config: { healthy_panic_threshold: { value: 0 } }`
    const { ask, logged } = await serve({ cluster, hosts: [origin] })
    await ask()
    await ask()
    expect((await logged())[1]).toBe('503 UH no_healthy_upstream no_healthy_host')
  })

  test('whose health check hangs has a host that is unhealthy once the check times out', async () => {
    await using origin = await RawOrigin.start((socket, head) => {
      if (!head.startsWith('GET /check')) socket.write(ok('a'))
    })
    const cluster = `
health_checks:
  - { timeout: 0.05s, interval: 0.05s, unhealthy_threshold: 1, healthy_threshold: 1, http_health_check: { path: /check } }
common_lb_config: { healthy_panic_threshold: { value: 0 } }`
    const { ask, stat, logged } = await serve({ cluster, hosts: [origin] })
    await until(() => stat('health_check.network_failure') > 0)
    expect(await ask()).toContain('no healthy upstream')
    expect(stat('membership_healthy')).toBe(0)
    expect(await logged()).toEqual(['503 UH no_healthy_upstream no_healthy_host'])
  })

  test('that is retried without end stops when the time of the route is over', async () => {
    await using origin = await RawOrigin.start((socket) => socket.write(FAILING))
    const routes = `
- match: { prefix: / }
  route:
    cluster: app
    timeout: 0.3s
    retry_policy: { retry_on: 5xx, num_retries: 4294967295, retry_back_off: { base_interval: 0.001s, max_interval: 0.01s } }`
    const { ask, stat, logged } = await serve({ routes, hosts: [origin] })
    expect(await ask()).toContain('upstream request timeout')
    expect(stat('upstream_rq_retry')).toBeGreaterThan(0)
    expect(await logged()).toEqual(['504 UT response_timeout timeout'])
  })

  test('whose name resolves to nothing answers 503 UH, and may be used', async () => {
    await using server = await createServer(
      bootstrap()
        .replace('connect_timeout: 0.5s', 'connect_timeout: 0.5s\n      type: STRICT_DNS')
        .replace('address: 127.0.0.1, port_value: 1 ', 'address: nothing.invalid, port_value: 1 '),
    )
    expect(await exchange(server.listeners[0]!.port, get('/'))).toContain('no healthy upstream')
    expect(server.stats.counter('cluster.app.update_attempt').value).toBeGreaterThan(0)
  })

  test('whose weights overflow is refused with the place', async () => {
    const host = (port: number): string =>
      `{ load_balancing_weight: 4294967295, endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${port} } } } }`
    const more = `
    - name: heavy
      load_assignment: { cluster_name: heavy, endpoints: [{ lb_endpoints: [${host(1)}, ${host(2)}] }] }`
    await expect(createServer(bootstrap({ more }))).rejects.toThrow(/add up to 8589934590/)
  })
})
