import { writeProgress } from '@nuncio/core'
import { localReply, RESPONSE_TOO_LARGE } from '@nuncio/filter-chain'
import { describe, expect, test } from 'vitest'
import { get, ManagerBench } from './testing/manager-bench.ts'

const statuses = (text: string): number[] =>
  [...text.matchAll(/HTTP\/1\.[01] (\d{3})/g)].map((found) => Number(found[1]))
const KEPT = 'GET / HTTP/1.1\r\nhost: test\r\n\r\n'
const common = (options: string): string => `common_http_protocol_options: { ${options} }`

/** How long three connections live that have had one answer each, in milliseconds. */
async function livesOfThree(bench: ManagerBench): Promise<readonly number[]> {
  const clients = [await bench.open(KEPT), await bench.open(KEPT), await bench.open(KEPT)]
  await bench.until(() => clients.every((client) => client.text.includes('hello')))
  const begun = bench.time.monotonicMs()
  const lives: number[] = []
  while (lives.length < clients.length) {
    await bench.advanceUntil(() => clients.filter((client) => client.closed).length > lives.length)
    lives.push(bench.time.monotonicMs() - begun)
  }
  return lives
}

describe('a request that cannot be read', () => {
  test.each([
    ['more headers than max_headers_count', common('max_headers_count: 3'), get('/', 'a: 1', 'b: 2'), 431],
    ['a head beyond max_request_headers_kb', 'max_request_headers_kb: 1', get('/', `a: ${'z'.repeat(1100)}`), 431],
    ['no host', '', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['a line that is no header', '', 'GET / HTTP/1.1\r\nhost: test\r\nnonsense\r\n\r\n', 400],
    ['HTTP/1.0', '', 'GET / HTTP/1.0\r\nhost: test\r\n\r\n', 426],
  ])('because of %s (%s) is refused, and the connection closes', async (_what, yaml, bytes, expected) => {
    await using bench = new ManagerBench(yaml)
    const answer = await bench.send(bytes)
    expect(statuses(answer)).toEqual([expected])
    expect(answer).toMatch(/^connection: close\r$/im)
    expect(bench.seen).toEqual([])
  })

  test('is counted and logged with its reason', async () => {
    await using bench = new ManagerBench(common('max_headers_count: 3'))
    await bench.send(get('/', 'a: 1', 'b: 2'))
    await bench.send('GET / HTTP/1.0\r\nhost: test\r\n\r\n')
    expect(bench.log).toEqual(['431 http1.too_many_headers DPE 127.0.0.1', '426 low_version DPE 127.0.0.1'])
    expect([bench.stat('cx_protocol_error'), bench.stat('rq_too_large'), bench.stat('rq_4xx')]).toEqual([2, 1, 2])
  })

  test('in HTTP/1.0 is answered when accept_http_10 says so', async () => {
    await using bench = new ManagerBench(
      'http_protocol_options: { accept_http_10: true, default_host_for_http_10: old.example }',
    )
    const answer = await bench.send('GET /old HTTP/1.0\r\n\r\n')
    expect(statuses(answer)).toEqual([200])
    expect(answer.endsWith('hello')).toBe(true)
    expect(bench.seen.at(-1)).toMatchObject({ path: '/old', authority: 'old.example' })
  })

  test('with only part of a head gets 408 after request_headers_timeout', async () => {
    await using bench = new ManagerBench('request_headers_timeout: 2s')
    const client = await bench.open('GET / HTTP/1.1\r\nho')
    await bench.until(() => bench.stat('cx_active') === 1)
    await bench.advanceUntil(() => client.closed)
    expect(statuses(client.text)).toEqual([408])
    expect(bench.stat('rq_header_timeout')).toBe(1)
  })
})

describe('a connection', () => {
  test('serves requests one after the other', async () => {
    await using bench = new ManagerBench('')
    expect(statuses(await bench.send(KEPT + KEPT + get()))).toEqual([200, 200, 200])
    expect([bench.stat('cx_total'), bench.stat('rq_total')]).toEqual([1, 3])
  })

  test('ends behind max_requests_per_connection', async () => {
    await using bench = new ManagerBench(common('max_requests_per_connection: 2'))
    const client = await bench.open(KEPT)
    await bench.until(() => client.text.includes('hello'))
    expect(client.text).not.toMatch(/connection: close/i)
    client.write(KEPT)
    await bench.until(() => client.closed && bench.stat('cx_active') === 0)
    expect(statuses(client.text)).toEqual([200, 200])
    expect(client.text).toMatch(/connection: close/i)
    expect([bench.stat('cx_max_requests_reached'), bench.stat('cx_destroy_local')]).toEqual([1, 1])
  })

  test('that is idle is closed after idle_timeout', async () => {
    await using bench = new ManagerBench(common('idle_timeout: 10s'))
    const client = await bench.open(KEPT)
    await bench.until(() => client.text.includes('hello'))
    bench.time.advance(9_000)
    expect(bench.stat('cx_active')).toBe(1)
    await bench.advanceUntil(() => client.closed && bench.stat('cx_active') === 0)
    expect(bench.stat('cx_idle_timeout')).toBe(1)
  })

  test('that has not said yet what it speaks counts, and is closed after idle_timeout', async () => {
    await using bench = new ManagerBench(common('idle_timeout: 10s'))
    const client = await bench.open()
    await bench.until(() => bench.stat('cx_active') === 1)
    await bench.advanceUntil(() => client.closed && bench.stat('cx_active') === 0)
    expect(
      ['cx_total', 'cx_http1_total', 'cx_idle_timeout', 'cx_destroy_local'].map((name) => bench.stat(name)),
    ).toEqual([1, 0, 1, 1])
  })

  test('has drain_timeout after max_connection_duration to send one more request, and is closed without one', async () => {
    await using bench = new ManagerBench(`${common('max_connection_duration: 10s')}\ndrain_timeout: 3s`)
    const [idle, late] = [await bench.open(KEPT), await bench.open(KEPT)]
    await bench.until(() => idle.text.includes('hello') && late.text.includes('hello'))
    bench.time.advance(10_100)
    expect(bench.stat('cx_max_duration_reached')).toBe(2)
    late.write(KEPT)
    await bench.until(() => late.closed && bench.stat('cx_active') === 1)
    expect(late.text).toMatch(/connection: close/i)
    bench.time.advance(2_800)
    expect(bench.stat('cx_active')).toBe(1)
    await bench.advanceUntil(() => idle.closed)
    expect(idle.text).not.toMatch(/connection: close/i)
  })

  test('lives longer than that by a part of chance', async () => {
    await using bench = new ManagerBench(
      `${common('max_connection_duration: 100s, max_connection_duration_jitter: { value: 100 }, idle_timeout: 0s')}\ndrain_timeout: 0.001s`,
    )
    const lives = await livesOfThree(bench)
    expect(Math.min(...lives)).toBeGreaterThan(100_000)
    expect(Math.max(...lives)).toBeLessThan(200_000)
    expect(new Set(lives).size).toBe(3)
  })

  test('drains for longer by a part of chance', async () => {
    await using bench = new ManagerBench(
      `${common('max_connection_duration: 1s, idle_timeout: 0s')}
drain_timeout: 100s
drain_timeout_jitter: { value: 100 }`,
    )
    const lives = await livesOfThree(bench)
    expect(Math.min(...lives)).toBeGreaterThan(101_000)
    expect(Math.max(...lives)).toBeLessThan(202_000)
    expect(new Set(lives).size).toBe(3)
  })

  test('waits for one more request with http1_safe_max_connection_duration', async () => {
    const safe = 'http1_safe_max_connection_duration: true'
    await using bench = new ManagerBench(`${common('max_connection_duration: 10s')}\n${safe}`)
    const client = await bench.open(KEPT)
    await bench.until(() => client.text.includes('hello'))
    bench.time.advance(11_000)
    await bench.until(() => bench.stat('cx_max_duration_reached') === 1)
    expect(bench.stat('cx_http1_soft_drain')).toBe(1)
    expect(client.text).not.toMatch(/connection: close/i)
    client.write(KEPT)
    await bench.until(() => client.closed)
    expect(client.text.match(/hello/g)).toHaveLength(2)
    expect(client.text).toMatch(/connection: close/i)
    await bench.until(() => bench.stat('cx_http1_soft_drain') === 0)
  })

  test('that the client leaves open after its end is cut off by delayed_close_timeout', async () => {
    await using bench = new ManagerBench('delayed_close_timeout: 3s')
    const client = await bench.open('GET / HTTP/1.0\r\n\r\n', { allowHalfOpen: true })
    await bench.until(() => client.text.includes(' 426 '))
    expect([bench.stat('cx_active'), bench.stat('cx_delayed_close_timeout')]).toEqual([1, 0])
    await bench.advanceUntil(() => bench.stat('cx_active') === 0)
    expect(bench.stat('cx_delayed_close_timeout')).toBe(1)
  })
})

describe('a connection that ends', () => {
  // More than the kernel takes of it for a client that does not read.
  const LONG = 30_000_000
  const long = { body: new Uint8Array(LONG) }

  test('is cut off by delayed_close_timeout when the client takes nothing of the last answer', async () => {
    await using bench = new ManagerBench('delayed_close_timeout: 3s', long)
    const client = await bench.open()
    client.pause(true)
    client.write(get())
    await bench.until(() => bench.log.length === 1)
    bench.time.advance(2_900)
    expect(bench.stat('cx_active')).toBe(1)
    await bench.advanceUntil(() => bench.stat('cx_active') === 0)
    expect(bench.stat('cx_delayed_close_timeout')).toBe(1)
  })

  test('waits for a client that is slow, as long as it reads', async () => {
    await using bench = new ManagerBench('delayed_close_timeout: 3s', long)
    const client = await bench.open()
    const { socket } = await bench.accepted()
    let waiting = 0
    client.write(get())
    while (!client.closed) {
      client.pause(false)
      await bench.until(() => client.closed || writeProgress(socket) !== waiting)
      waiting = writeProgress(socket)
      client.pause(true)
      bench.time.advance(2_000)
    }
    expect(client.text.length).toBeGreaterThan(LONG)
  })

  test('for being idle is cut off too when the client does not take its last answer', async () => {
    await using bench = new ManagerBench(common('idle_timeout: 10s'), long)
    const client = await bench.open()
    client.pause(true)
    client.write(KEPT)
    await bench.until(() => bench.log.length === 1)
    await bench.advanceUntil(() => bench.stat('cx_active') === 0)
    expect([bench.stat('cx_idle_timeout'), bench.stat('cx_delayed_close_timeout')]).toEqual([1, 1])
  })

  test('because a tunnel does is cut off when the client keeps its half open', async () => {
    const upgrades = 'upgrade_configs: [{ upgrade_type: foo }]'
    const bye = { onRequestHeaders: () => localReply(101, 'bye', { body: 'bye' }) }
    await using bench = new ManagerBench(upgrades, undefined, {}, bye)
    const asked = get('/', 'upgrade: foo').replace('connection: close', 'connection: upgrade')
    const client = await bench.open(asked, { allowHalfOpen: true })
    await bench.until(() => client.text.endsWith('bye'))
    client.write('nobody hears this')
    expect(bench.stat('cx_active')).toBe(1)
    await bench.advanceUntil(() => bench.stat('cx_active') === 0)
    expect([bench.stat('cx_delayed_close_timeout'), bench.stat('rq_rx_reset')]).toEqual([1, 0])
    expect(bench.log).toEqual(['101 bye - 127.0.0.1'])
  })
})

describe('a stream that takes too long', () => {
  const silent = { silent: true }
  const whole = get()
  const half = 'POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 5\r\n\r\nab'
  test.each([
    ['stream_idle_timeout: 2s', whole, 504, 'stream_idle_timeout', 'SI', 'rq_idle_timeout'],
    ['stream_idle_timeout: 2s', half, 408, 'stream_idle_timeout', 'SI', 'rq_idle_timeout'],
    ['request_timeout: 2s', half, 408, 'request_overall_timeout', '-', 'rq_timeout'],
    [common('max_stream_duration: 2s'), whole, 504, 'max_duration_timeout', '-', 'rq_max_duration_reached'],
  ])('(%s) is answered by the proxy', async (yaml, bytes, expected, details, flags, counter) => {
    await using bench = new ManagerBench(yaml, silent)
    const client = await bench.open(bytes)
    await bench.until(() => bench.stat('rq_active') === 1)
    await bench.advanceUntil(() => client.closed)
    expect(statuses(client.text)).toEqual([expected])
    expect(client.text).toContain('connection: close')
    expect(bench.log).toEqual([`${expected} ${details} ${flags} 127.0.0.1`])
    expect([bench.stat(counter), bench.stat('rq_active')]).toEqual([1, 0])
    expect(bench.fates).toEqual({ timeout: 1 })
  })
})

describe('the counters', () => {
  test('tell of a response of which a filter would have to keep too much', async () => {
    await using bench = new ManagerBench('', undefined, {}, { onResponseHeaders: () => RESPONSE_TOO_LARGE })
    expect(statuses(await bench.send(get()))).toEqual([500])
    expect(bench.rootStat('http.test.rs_too_large')).toBe(1)
  })

  test('of statuses and fates each add up to the requests', async () => {
    await using bench = new ManagerBench(`
route_config:
  virtual_hosts: [{ name: all, domains: ['*'], routes: [{ match: { path: /app }, route: { cluster: app } }] }]`)
    for (const path of ['/app', '/other', '/app', '/other', '/app']) {
      await bench.get(path)
    }
    await bench.send('GET / HTTP/1.0\r\n\r\n')
    const { fates } = bench
    expect([bench.stat('rq_total'), bench.stat('rq_completed'), bench.stat('rq_active')]).toEqual([6, 6, 0])
    expect([bench.stat('rq_2xx'), bench.stat('rq_4xx'), bench.stat('rq_5xx')]).toEqual([3, 3, 0])
    expect(Object.values(fates).reduce((sum, n) => sum + n, 0)).toBe(6)
    expect(fates).toMatchObject({ success: 3 })
  })

  test('of connections and bytes follow what happened', async () => {
    await using bench = new ManagerBench('')
    const request = get()
    const answer = await bench.send(request)
    await bench.until(() => bench.stat('cx_active') === 0)
    expect([bench.stat('cx_total'), bench.stat('cx_http1_total'), bench.stat('cx_destroy')]).toEqual([1, 1, 1])
    expect(bench.stat('cx_rx_bytes_total')).toBe(request.length)
    expect(bench.stat('cx_tx_bytes_total')).toBe(answer.length)
  })

  test('tell of a client that went away within a head', async () => {
    await using bench = new ManagerBench('', { silent: true })
    const client = await bench.open('GET / HTTP/1.1\r\nHost')
    await bench.until(() => bench.stat('cx_active') === 1)
    client.abort()
    await bench.until(() => bench.stat('cx_active') === 0)
    expect(bench.log).toEqual(['0 downstream_remote_disconnect DC 127.0.0.1'])
    expect([bench.stat('rq_total'), bench.stat('rq_active'), bench.stat('rq_rx_reset')]).toEqual([1, 0, 1])
  })

  test('tell of a client that went away', async () => {
    await using bench = new ManagerBench('', { silent: true })
    const client = await bench.open(get())
    await bench.until(() => bench.stat('rq_active') === 1)
    client.abort()
    await bench.until(() => bench.stat('rq_active') === 0)
    expect(bench.log).toEqual(['0 downstream_remote_disconnect DC 127.0.0.1'])
    expect([bench.stat('rq_rx_reset'), bench.stat('cx_destroy_remote')]).toEqual([1, 1])
    expect(bench.fates).toEqual({ client_abort: 1 })
  })
})
