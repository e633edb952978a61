import { FakeTime } from '@nuncio/core/testing'
import { localReply } from '@nuncio/filter-chain'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { ConfigurationError, startProxy, startUpstream } from './index.ts'

const HCM = 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
const ROUTER = 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router'

function listener(name: string, routes: string, filters = '', port = 10_000): string {
  return `
    - name: ${name}
      address: { socket_address: { address: 0.0.0.0, port_value: ${port} } }
      filter_chains:
        - filters:
            - name: http
              typed_config:
                '@type': ${HCM}
                stat_prefix: ${name}
                http_filters: [${filters}{ name: router, typed_config: { '@type': ${ROUTER} } }]
                route_config:
                  virtual_hosts:
                    - { name: shop, domains: [shop.example], routes: [{ match: { prefix: /old }, redirect: { path_redirect: /new } }, ${routes}] }
                    - { name: rest, domains: ['*'], routes: [${routes}] }`
}
const TO_API = '{ match: { prefix: / }, route: { cluster: api, timeout: 2s } }'

function config(listeners = listener('main', TO_API), more = ''): string {
  return `
${more}
static_resources:
  listeners: ${listeners}
  clusters:
    - name: api
      type: STRICT_DNS
      load_assignment:
        cluster_name: api
        endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: api.internal, port_value: 80 } } } }] }]
`
}

describe('a proxy in a test', () => {
  test('sends requests to what stands in for a cluster, and counts', async () => {
    await using upstream = await startUpstream(() => new Response('made it', { status: 201 }))
    await using proxy = await startProxy({ config: config(), clusters: { api: upstream } })
    const response = await proxy.fetch('/a?b=1', { method: 'POST', body: 'hello', headers: { 'x-mine': '1' } })
    expect([response.status, await response.text()]).toEqual([201, 'made it'])
    expect(upstream.requests).toMatchObject([{ method: 'POST', path: '/a?b=1', body: 'hello' }])
    expect(upstream.requests[0]!.headers.get('x-mine')).toBe('1')
    expect(proxy.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(proxy.stats.counter('cluster.api.upstream_rq_201')).toBe(1)
    expect(proxy.stats.counter('cluster.api.upstream_rq_503')).toBe(0)
    expect(proxy.stats.gauge('listener_manager.total_listeners_active')).toBe(1)
    expect(proxy.stats.nonZero('http.main.downstream_rq_2xx')).toEqual({ 'http.main.downstream_rq_2xx': 1 })
  })

  test('takes the host of a URL for the Host header and does not follow redirects', async () => {
    await using proxy = await startProxy({ config: config() })
    const response = await proxy.fetch('http://shop.example/old')
    expect([response.status, response.headers.get('location')]).toEqual([301, 'http://shop.example/new'])
  })

  test.each([
    ['a text', (port: number) => `127.0.0.1:${port}`],
    ['a URL', (port: number) => new URL(`http://localhost:${port}`)],
    ['addresses', (port: number) => [{ address: '127.0.0.1', port }]],
  ])('finds a cluster by %s', async (_, target) => {
    await using upstream = await startUpstream()
    const port = Number(new URL(upstream.url).port)
    await using proxy = await startProxy({ config: config(), clusters: { api: target(port) } })
    expect((await proxy.fetch('/')).status).toBe(200)
  })

  test('has an admin, also when the file has none or another', async () => {
    await using plain = await startProxy({ config: config() })
    expect(await (await plain.admin('/ready')).text()).toBe('LIVE\n')
    const admin = 'admin: { address: { socket_address: { address: 0.0.0.0, port_value: 9901 } } }'
    await using own = await startProxy({ config: config(undefined, admin) })
    expect((await own.admin('/stats')).status).toBe(200)
    expect(own.server.admin).toMatchObject({ address: '127.0.0.1' })
  })

  test('shows each of several listeners', async () => {
    const direct = '{ match: { prefix: / }, direct_response: { status: 204 } }'
    const text = config(listener('main', TO_API) + listener('second', direct, '', 10_001))
    await using proxy = await startProxy({ config: text, listener: 'second' })
    expect((await proxy.fetch('/')).status).toBe(204)
    expect(proxy.url).toBe(proxy.urlOf('second'))
    expect(proxy.url).not.toBe(proxy.urlOf('main'))
    expect(() => proxy.urlOf('third')).toThrow('there is no listener third, only main, second')
  })

  test('explains where a request goes', async () => {
    await using proxy = await startProxy({ config: config() })
    expect(proxy.explain('/a', { method: 'POST', headers: { 'x-a': '1' } })).toMatchObject({
      outcome: 'forward',
      cluster: { name: 'api', known: true },
    })
    expect(proxy.explain('http://shop.example/old')).toMatchObject({ status: 301, location: 'http://shop.example/new' })
  })

  test('lives on the clock it is given', async () => {
    const clock = new FakeTime()
    await using upstream = await startUpstream(() => new Promise<Response>(() => {}))
    await using proxy = await startProxy({ config: config(), clusters: { api: upstream }, clock })
    const answer = proxy.fetch('/')
    while (upstream.requests.length === 0) await new Promise((resolve) => setImmediate(resolve))
    clock.advance(2100)
    expect((await answer).status).toBe(504)
    expect(proxy.stats.counter('cluster.api.upstream_rq_timeout')).toBe(1)
  })

  test('runs filters of its user', async () => {
    const filter = {
      name: 'example.teapot',
      config: {
        type: 'nuncio.test.Teapot',
        honours: { 'nuncio.test.Teapot': '*' as const },
        messages: { 'nuncio.test.Teapot': { f: {} } },
      },
      stability: 'stable' as const,
      create: () => () => ({ onRequestHeaders: () => localReply(418, 'teapot') }),
    }
    const entry = "{ name: teapot, typed_config: { '@type': type.googleapis.com/nuncio.test.Teapot } }, "
    await using proxy = await startProxy({ config: config(listener('main', TO_API, entry)), httpFilters: [filter] })
    expect((await proxy.fetch('/')).status).toBe(418)
  })

  test('reads files', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'nuncio-'))
    const file = path.join(folder, 'envoy.yaml')
    try {
      await writeFile(file, config())
      await using byPath = await startProxy({ config: file })
      await using byUrl = await startProxy({ config: pathToFileURL(file) })
      expect(byPath.url).not.toBe(byUrl.url)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

describe('what cannot start', () => {
  test('says all that is wrong with the configuration, with places', async () => {
    const text = config(listener('main', '{ match: { prefix: / }, route: { cluster: none } }')).replace(
      'type: STRICT_DNS',
      'typ: STRICT_DNS',
    )
    const error: unknown = await startProxy({ config: text }).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(ConfigurationError)
    const errors = (error as ConfigurationError).problems.filter(({ severity }) => severity === 'error')
    expect(errors.map(({ code }) => code)).toContain('unknown-field')
    expect(errors.length).toBeGreaterThan(1)
    expect(errors.every(({ line }) => line > 0)).toBe(true)
  })

  test.each([
    [{ nobody: '127.0.0.1:1' }, 'there is no cluster nobody'],
    [{ api: 'http://127.0.0.1:1/path' }, 'http://127.0.0.1:1/path is no endpoint for the cluster api'],
    [{ api: 'ftp://127.0.0.1:1' }, 'ftp://127.0.0.1:1 is no endpoint'],
  ])('refuses clusters %o', async (clusters, message) => {
    await expect(startProxy({ config: config(), clusters })).rejects.toMatchObject({
      code: 'ERR_NUNCIO_ENDPOINTS',
      message: expect.stringContaining(message) as string,
    })
  })

  test('leaves nothing behind when the listener is not there', async () => {
    expect(await sockets(0)).toBe(0)
    await expect(startProxy({ config: config(), listener: 'x' })).rejects.toThrow('there is no listener x, only main')
    expect(await sockets(0)).toBe(0)
  })
})

test('fifty proxies start, answer and close side by side, and leave no handle open', async () => {
  const script = `
    import { startProxy, startUpstream } from '@nuncio/testkit/proxy'
    const config = ${JSON.stringify(config())}
    async function useOne() {
      const began = performance.now()
      await using upstream = await startUpstream(() => new Response('x'))
      await using proxy = await startProxy({ config, clusters: { api: upstream } })
      const took = performance.now() - began
      return { took, body: await (await proxy.fetch('/')).text() }
    }
    const before = process.getActiveResourcesInfo().toSorted()
    const began = performance.now()
    const used = await Promise.all(Array.from({ length: 50 }, useOne))
    const all = performance.now() - began
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
    const after = process.getActiveResourcesInfo().toSorted()
    console.log(JSON.stringify({ before, after, all, used }))
  `
  const flags = ['--conditions=@nuncio/source', '--input-type=module-typescript', '--eval', script]
  // It ends by itself only when nothing is left that keeps a process alive.
  const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd: import.meta.dirname })
  const { before, after, all, used } = JSON.parse(stdout) as {
    before: string[]
    after: string[]
    all: number
    used: { took: number; body: string }[]
  }
  expect(used.map(({ body }) => body)).toEqual(Array.from({ length: 50 }, () => 'x'))
  expect(after).toEqual(before)
  if (process.env['NUNCIO_TEST_TIMES'] !== undefined)
    console.log(`${all.toFixed(0)} ms in all, slowest start ${Math.max(...used.map(({ took }) => took)).toFixed(0)} ms`)
})

/** Sockets and servers of this process; what is closed leaves in the turns of the event loop that follow. */
async function sockets(wanted: number): Promise<number> {
  const count = (): number => process.getActiveResourcesInfo().filter((kind) => kind.startsWith('TCP')).length
  for (let turn = 0; turn < 2000 && count() !== wanted; turn++) await new Promise((resolve) => setImmediate(resolve))
  return count()
}
