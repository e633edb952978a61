import { type HttpFilterDefinition, localReply } from '@nuncio/filter-chain'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer as createNetServer, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { createServer } from '../create-server.ts'
import type { ServerOptions } from '../options.ts'
import { bootstrap, lineOf } from '../test-support/bootstrap.ts'
import { exchange, get, ok, RawOrigin, until } from '../test-support/raw-origin.ts'

const reply = (text: string): string =>
  `- match: { prefix: / }\n  direct_response: { status: 200, body: { inline_string: ${text} } }`

/** A keep-alive connection on which requests can be sent one after the other. */
class Client {
  readonly socket: Socket
  text = ''
  closed = false

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1').on('error', () => {})
    this.socket.on('data', (chunk: Buffer) => (this.text += chunk.toString('latin1')))
    this.socket.on('close', () => (this.closed = true))
  }

  async ask(path = '/'): Promise<string> {
    this.text = ''
    this.socket.write(`GET ${path} HTTP/1.1\r\nhost: test\r\n\r\n`)
    await until(() => this.closed || /\r\n\r\n[\s\S]+$/.test(this.text))
    return this.text
  }
}

async function served(text: string, options: ServerOptions = {}) {
  const server = await createServer(text, options)
  return { server, client: new Client(server.listeners[0]!.port), port: server.listeners[0]!.port }
}

describe('a reload', () => {
  test('of other routes answers under them on the connections that are open', async () => {
    const { server, client, port } = await served(bootstrap({ routes: reply('one') }))
    await using _ = server
    expect(await client.ask()).toMatch(/one$/)
    const outcome = await server.reload(bootstrap({ routes: reply('two') }))
    expect(outcome).toMatchObject({ outcome: 'applied', generation: 2, problems: [] })
    expect(outcome.diff).toMatchObject({ closes: [] })
    expect(await client.ask()).toMatch(/two$/)
    expect(client.text).not.toMatch(/connection: close/i)
    expect(server.listeners[0]!.port).toBe(port)
    expect(server.stats.gauge('server.config_generation').value).toBe(2)
    expect(server.stats.counter('server.reload_success').value).toBe(1)
    expect(server.stats.counter('listener_manager.listener_in_place_updated').value).toBe(1)
    expect(server.stats.counter('http.test.downstream_cx_total').value).toBe(1)
    client.socket.destroy()
  })

  test('that says the same changes nothing', async () => {
    const { server } = await served(bootstrap({ routes: reply('one') }))
    await using _ = server
    expect(await server.reload(`# a comment\n${bootstrap({ routes: reply('one') })}`)).toMatchObject({
      outcome: 'unchanged',
      generation: 1,
    })
    expect(server.stats.counter('server.reload_unchanged').value).toBe(1)
  })

  test('ends a stream under the routes that it began with', async () => {
    let answer = (): void => {}
    await using origin = await RawOrigin.start((socket) => (answer = () => void socket.write(ok('late'))))
    const routes = (header: string): string =>
      `- match: { prefix: / }\n  route: { cluster: app }\n  response_headers_to_add: [{ header: { key: x-routes, value: ${header} } }]`
    const { server, client } = await served(bootstrap({ routes: routes('old') }), {
      endpoints: { app: [origin.address] },
    })
    await using _ = server
    const first = client.ask()
    await until(() => origin.received[0]?.includes('\r\n\r\n') === true)
    await server.reload(bootstrap({ routes: routes('new') }))
    answer()
    expect(await first).toContain('x-routes: old')
    const second = client.ask()
    await until(() => origin.received[0]!.split('\r\n\r\n').length === 3)
    answer()
    expect(await second).toContain('x-routes: new')
    expect(origin.accepted).toBe(1)
    client.socket.destroy()
  })

  test('that is broken leaves everything as it was, and says why with the line; the next good one is taken', async () => {
    const { server, client } = await served(bootstrap({ routes: reply('one') }))
    await using _ = server
    const broken = bootstrap({ routes: reply('two'), hcm: 'no_such_field: 1' })
    const outcome = await server.reload(broken, { file: 'envoy.yaml' })
    expect(outcome).toMatchObject({ outcome: 'rejected', generation: 1 })
    expect(outcome.problems[0]).toMatchObject({ file: 'envoy.yaml', line: 13, severity: 'error' })
    expect(await server.reload(bootstrap({ routes: reply('two') }).slice(0, 700))).toMatchObject({
      outcome: 'rejected',
    })
    expect(await client.ask()).toMatch(/one$/)
    expect(server.stats.counter('server.reload_rejected').value).toBe(2)
    expect(server.lastReload).toMatchObject({ outcome: 'rejected' })
    expect(await server.reload(bootstrap({ routes: reply('two') }))).toMatchObject({
      outcome: 'applied',
      generation: 2,
    })
    expect(await client.ask()).toMatch(/two$/)
    client.socket.destroy()
  })

  test('to a port that is taken changes nothing, and names the line of the address', async () => {
    const taken = createNetServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const { server, client } = await served(bootstrap({ routes: reply('one') }))
    await using _ = server
    const moved = bootstrap({ routes: reply('two') }).replace(
      'name: main\n      address: { socket_address: { address: 127.0.0.1, port_value: 0',
      `name: main\n      address: { socket_address: { address: 127.0.0.1, port_value: ${port}`,
    )
    const outcome = await server.reload(moved)
    expect(outcome).toMatchObject({ outcome: 'rejected', generation: 1 })
    expect(outcome.problems).toMatchObject([
      { code: 'address-in-use', line: 6, path: 'static_resources.listeners[0].address' },
    ])
    expect(server.stats.counter('server.reload_bind_failed').value).toBe(1)
    expect(await client.ask()).toMatch(/one$/)
    taken.close()
    client.socket.destroy()
  })

  test('tells what needs a restart, with its line, and applies the rest', async () => {
    const { server, client } = await served(bootstrap({ routes: reply('one') }))
    await using _ = server
    const other = bootstrap({ routes: reply('two'), more: 'stats_flush_interval: 7s' })
    const outcome = await server.reload(other)
    expect(outcome).toMatchObject({
      outcome: 'applied',
      problems: [
        {
          code: 'needs-restart',
          severity: 'warning',
          path: 'stats_flush_interval',
          line: lineOf(other, 'stats_flush'),
        },
      ],
    })
    expect(await client.ask()).toMatch(/two$/)
    client.socket.destroy()
  })
})

describe('filters in a reload', () => {
  /** A filter that answers by itself with its version, and tells when it is disposed of. */
  const versioned = (version: string, disposed: string[]): HttpFilterDefinition => ({
    name: 'test.version',
    config: {
      type: 'nuncio.test.Version',
      honours: { ['nuncio.test.Version' as 'nuncio.Stamp']: '*' },
      messages: { 'nuncio.test.Version': { f: {} } },
    },
    stability: 'wip',
    create: (_config, context) => {
      context.onDispose(() => void disposed.push(version))
      return () => ({ onRequestHeaders: () => localReply(200, 'version', { body: version }) })
    },
  })
  const config = bootstrap({
    filters: "- { name: version, typed_config: { '@type': type.googleapis.com/nuncio.test.Version } }",
    routes: reply('none'),
  })

  test('another definition serves the next stream of the same connection, and the old one is disposed of', async () => {
    const disposed: string[] = []
    const { server, client } = await served(config, { httpFilters: [versioned('v1', disposed)] })
    await using _ = server
    expect(await client.ask()).toMatch(/v1$/)
    for (const version of ['v2', 'v3', 'v4']) {
      expect(await server.reload(config, { httpFilters: [versioned(version, disposed)] })).toMatchObject({
        outcome: 'applied',
      })
      expect(await client.ask()).toMatch(new RegExp(`${version}$`))
    }
    expect(disposed).toEqual(['v1', 'v2', 'v3'])
    expect(server.stats.counter('http.test.downstream_cx_total').value).toBe(1)
    expect(await server.reload(config)).toMatchObject({ outcome: 'unchanged' })
    client.socket.destroy()
  })

  test('those whose configuration is the same go on with what they know', async () => {
    const disposed: string[] = []
    const { server, client } = await served(config, { httpFilters: [versioned('v1', disposed)] })
    await using _ = server
    await server.reload(config.replace('inline_string: none', 'inline_string: other'))
    expect(await client.ask()).toMatch(/v1$/)
    expect(disposed).toEqual([])
    client.socket.destroy()
  })
})

describe('listeners in a reload', () => {
  const named = (name: string, text: string): string =>
    bootstrap({ routes: reply(text) }).replace('name: main', `name: ${name}`)

  test('a renamed one takes the socket over: nobody is refused, older connections drain', async () => {
    const { server, client, port } = await served(named('a', 'one'))
    await using _ = server
    await client.ask()
    const outcome = await server.reload(named('b', 'two'))
    expect(outcome).toMatchObject({ outcome: 'applied' })
    expect(server.listeners).toMatchObject([{ name: 'b', port }])
    expect(await exchange(port, get())).toMatch(/two$/)
    expect(server.stats.gauge('listener_manager.total_listeners_active').value).toBe(1)
    client.socket.destroy()
  })

  test('one that goes stops listening and lets its connections end', async () => {
    const { server, client, port } = await served(named('a', 'one'))
    await using _ = server
    await client.ask()
    const none = named('a', 'one').replace(/listeners:[\s\S]*clusters:/, 'clusters:')
    expect(await server.reload(none)).toMatchObject({ outcome: 'applied' })
    expect(server.listeners).toEqual([])
    await expect(exchange(port, get())).rejects.toThrow('ECONNREFUSED')
    expect(server.stats.gauge('listener_manager.total_listeners_draining').value).toBe(1)
    client.socket.destroy()
    await until(() => server.stats.gauge('listener_manager.total_listeners_draining').value === 0)
  })

  test('a change of the connection manager itself drains its connections and no others', async () => {
    const { server, client } = await served(bootstrap({ routes: reply('one') }), { drainStrategy: 'immediate' })
    await using _ = server
    await client.ask()
    await server.reload(bootstrap({ routes: reply('one'), hcm: 'max_request_headers_kb: 8' }))
    expect(server.stats.gauge('listener_manager.total_filter_chains_draining').value).toBe(1)
    client.socket.destroy()
    await until(() => server.stats.gauge('listener_manager.total_filter_chains_draining').value === 0)
  })
})

describe('clusters in a reload', () => {
  test('one that is written the same keeps its connections, one that changes takes over the numbers of its hosts', async () => {
    await using origin = await RawOrigin.start((socket) => socket.write(ok('hello')))
    const endpoints = { app: [origin.address] }
    const { server, client } = await served(bootstrap(), { endpoints })
    await using _ = server
    await client.ask()
    await server.reload(bootstrap({ routes: '- match: { prefix: /x }\n  route: { cluster: app }' }))
    expect(await client.ask('/x')).toMatch(/hello$/)
    expect(origin.accepted).toBe(1)
    const outcome = await server.reload(bootstrap({ cluster: 'lb_policy: LEAST_REQUEST' }))
    expect(outcome.diff?.closes).toMatchObject([{ side: 'upstream' }])
    expect(await client.ask()).toMatch(/hello$/)
    expect(origin.accepted).toBe(2)
    expect(server.stats.counter('cluster.app.upstream_rq_200').value).toBe(3)
    expect(server.stats.counter('cluster_manager.cluster_modified').value).toBe(1)
    client.socket.destroy()
  })
})
