import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { admin, alive, stat, workers } from '../testing/admin.ts'
import { ClosedLoop } from '../testing/closed-loop.ts'
import { forwarding } from '../testing/forwarding.ts'
import { runToEnd, ServingBinary } from '../testing/run-binary.ts'
import { StrictOrigin } from '../testing/strict-origin.ts'
import { untilTrue } from '../testing/until.ts'

let origin: StrictOrigin
beforeAll(async () => {
  origin = await StrictOrigin.start()
})
afterAll(async () => {
  await origin[Symbol.asyncDispose]()
})

const WATCHDOG = 'watchdogs: { worker_watchdog: { kill_timeout: 2s, miss_timeout: 0.1s, megamiss_timeout: 0.4s } }'
const start = (more = '', ...args: string[]): Promise<ServingBinary> =>
  ServingBinary.start(
    `${more}\n${forwarding(origin.port)}`,
    '--concurrency',
    '2',
    '--component-log-level',
    'workers:info',
    ...args,
  )

describe('two workers', { timeout: 60_000 }, () => {
  test('are one proxy for the admin: one listener, one sum, one list of hosts', async () => {
    await using proxy = await start()
    const load = new ClosedLoop(proxy.ports.get('main')!, 8, 'ok')
    await load.more(200)
    await load.stop()
    expect(load.failures).toEqual([])
    expect(await stat(proxy, 'http.test.downstream_rq_2xx')).toBe(load.completed)
    expect(await admin(proxy, '/clusters')).toContain(`origin::127.0.0.1:${origin.port}::rq_total::${load.completed}`)
    expect((await admin(proxy, '/listeners')).trim().split('\n')).toEqual([
      `main::127.0.0.1:${proxy.ports.get('main')}`,
    ])
    expect(JSON.parse(await admin(proxy, '/config_dump'))).toMatchObject({
      configs: expect.arrayContaining([expect.objectContaining({ static_clusters: [expect.anything()] })]),
    })
    expect(JSON.parse(await admin(proxy, '/server_info'))).toMatchObject({
      state: 'LIVE',
      command_line_options: { concurrency: 2 },
    })
    expect((await workers(proxy)).map(({ slot, state }) => [slot, state])).toEqual([
      [0, 'serving'],
      [1, 'serving'],
    ])
    expect(await admin(proxy, '/balancers')).toContain('origin')
    const histogram = await admin(proxy, '/stats/prometheus?filter=downstream_rq_time')
    expect(histogram).toContain(
      `envoy_http_downstream_rq_time_count{envoy_http_conn_manager_prefix="test"} ${load.completed}`,
    )
    expect(await admin(proxy, '/reset_counters', 'POST')).toBe('OK\n')
    expect(await stat(proxy, 'http.test.downstream_rq_2xx')).toBe(0)
  })

  test('lose with a worker that is killed only what it held, and no statistics that were seen', async () => {
    await using proxy = await start()
    const clients = 8
    const load = new ClosedLoop(proxy.ports.get('main')!, clients, 'ok')
    await load.more(100)
    const seen = await stat(proxy, 'http.test.downstream_rq_2xx')
    process.kill((await workers(proxy))[0]!.pid, 'SIGKILL')
    await proxy.logs(/worker 0 serves again/)
    expect([await stat(proxy, 'workers.died'), await stat(proxy, 'workers.serving')]).toEqual([1, 2])
    const atReplacement = load.failures.length
    await load.more(100)
    await load.stop()
    expect(load.failures.length).toBeLessThanOrEqual(clients)
    expect(load.failures).toHaveLength(atReplacement)
    expect(load.failures.map(({ why }) => why).filter((why) => why === 'ECONNREFUSED')).toEqual([])
    expect(await stat(proxy, 'http.test.downstream_rq_2xx')).toBeGreaterThan(seen)
    expect(proxy.log()).toMatch(/\[error\]\[workers\] worker 0 ended: signal SIGKILL/)
  })

  test('are replaced one by one without losing a request', async () => {
    await using proxy = await start()
    const before = await workers(proxy)
    const load = new ClosedLoop(proxy.ports.get('main')!, 8, 'ok')
    await load.more(50)
    expect(await admin(proxy, '/workers/restart', 'POST')).toBe('OK\n')
    await load.more(50)
    await load.stop()
    expect(load.failures).toEqual([])
    expect(await stat(proxy, 'workers.restarted')).toBe(2)
    await untilTrue(async () => (await workers(proxy)).length === 2)
    expect(await stat(proxy, 'http.test.downstream_rq_2xx')).toBe(load.completed)
    const pids = new Set((await workers(proxy)).map(({ pid }) => pid))
    expect(before.filter(({ pid }) => pids.has(pid))).toEqual([])
  })

  test('reload together, or not at all, under connections that stay; a new worker has the new configuration', async () => {
    await using proxy = await start('', '--no-watch')
    const routes = 'routes: [{ match: { prefix: / }, route: { cluster: origin } }]'
    const answer = (text: string): string =>
      forwarding(origin.port).replace(
        routes,
        `routes: [{ match: { prefix: / }, direct_response: { status: 200, body: { inline_string: ${text} } } }]`,
      )
    const asked = async (expected: string): Promise<void> => {
      const load = new ClosedLoop(proxy.ports.get('main')!, 4, expected)
      await load.more(40)
      await load.stop()
      expect(load.failures).toEqual([])
    }
    const kept = connect(proxy.ports.get('main')!, '127.0.0.1').setEncoding('utf8')
    const ask = async (): Promise<string> => {
      kept.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
      return ((await once(kept, 'data')) as [string])[0]
    }
    expect(await ask()).toMatch(/ok$/)
    writeFileSync(proxy.file, answer('new'))
    expect(JSON.parse(await admin(proxy, '/reload', 'POST'))).toMatchObject({ outcome: 'applied', generation: 2 })
    expect(await ask()).toMatch(/new$/)
    kept.destroy()
    await asked('new')
    writeFileSync(proxy.file, 'static_resources: [')
    expect(JSON.parse(await admin(proxy, '/reload', 'POST'))).toMatchObject({ outcome: 'rejected', generation: 2 })
    expect(await admin(proxy, '/workers/restart', 'POST')).toBe('OK\n')
    await asked('new')
    expect(await stat(proxy, 'server.reload_success')).toBe(1)
    expect(await stat(proxy, 'server.reload_rejected')).toBe(1)
    expect(await stat(proxy, 'server.config_generation')).toBe(2)
  })

  test('are watched: one that hangs is replaced', async () => {
    await using proxy = await start(WATCHDOG)
    const [first] = await workers(proxy)
    process.kill(first!.pid, 'SIGSTOP')
    await proxy.logs(/worker \d serves again/)
    expect(await stat(proxy, 'workers.killed_by_watchdog')).toBeGreaterThanOrEqual(1)
    expect(await stat(proxy, `server.worker_${first!.slot}.watchdog_mega_miss`)).toBeGreaterThanOrEqual(1)
    expect(alive(first!.pid)).toBe(false)
  })

  test('wait longer before they come back when they die again and again', async () => {
    await using proxy = await start()
    for (let deaths = 1; deaths <= 3; deaths++) {
      const from = proxy.log().length
      process.kill((await workers(proxy)).find(({ slot }) => slot === 1)!.pid, 'SIGKILL')
      await proxy.logs(/worker 1 serves again/, from)
    }
    expect([...proxy.log().matchAll(/worker 1 ended: .*replaced_in_ms=(\d+)/g)].map(([, ms]) => ms)).toEqual([
      '0',
      '100',
      '200',
    ])
  })

  test('finish what is under way on SIGTERM, and leave nobody behind', async () => {
    await using proxy = await start()
    const pids = (await workers(proxy)).map(({ pid }) => pid)
    const client = connect(proxy.ports.get('main')!, '127.0.0.1')
    let answer: () => void = () => {}
    const asked = new Promise<void>((resolve) => {
      origin.answer = (_request, socket) => {
        answer = () => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nlate')
        resolve()
      }
    })
    let text = ''
    client.on('data', (chunk: Buffer) => (text += chunk.toString()))
    client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    await asked
    const stopped = proxy.stop('SIGTERM')
    await untilTrue(async () => (await stat(proxy, 'server.live')) === 0)
    answer()
    expect(await stopped).toBe(0)
    origin.answer = (_request, socket) => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*connection: close[^]*late$/)
    expect(pids.filter(alive)).toEqual([])
  })

  test('end when their primary is gone', async () => {
    await using proxy = await start()
    // They have its standard error: it is closed when the last of them has ended.
    await proxy.stop('SIGKILL')
    const client = connect(proxy.ports.get('main')!, '127.0.0.1')
    const [error] = (await once(client, 'error')) as [NodeJS.ErrnoException]
    expect(error.code).toBe('ECONNREFUSED')
  })
})

test('a port that is taken is an error before anything serves, also when it could be shared', async () => {
  const other = createServer()
  other.listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const at = path.join(mkdtempSync(path.join(tmpdir(), 'nuncio-test-')), 'envoy.yaml')
  const main = 'address: { socket_address: { address: 127.0.0.1, port_value: 0 } }\n      filter_chains'
  writeFileSync(at, forwarding(1).replace(main, main.replace('port_value: 0', `port_value: ${port}`)))
  const { code, stderr } = await runToEnd('-c', at, '--concurrency', '2')
  other.close()
  expect(code).toBe(1)
  expect(stderr).toContain(`cannot listen on 127.0.0.1:${port}: the address is in use`)
})

test.each(['0', 'many', '1.5'])('--concurrency %s is refused', async (text) => {
  expect(await runToEnd('-c', '/nowhere.yaml', '--concurrency', text)).toMatchObject({ code: 2 })
})
