import { once } from 'node:events'
import { FakeRuntime } from '@nuncio/core/testing'
import { expect, test } from 'vitest'
import { NetworkBench } from '../testing/network-bench.ts'

const filters = (fields = ''): string => `
- name: limit
  typed_config:
    '@type': type.googleapis.com/envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit
    stat_prefix: l
    max_connections: 1
    ${fields}
- name: echo
  typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo }`
const active = (bench: NetworkBench): number => bench.stat('connection_limit.l.active_connections')
const limited = (bench: NetworkBench): number => bench.stat('connection_limit.l.limited_connections')

test('closes connections beyond the limit, and lets others in when one has gone', async () => {
  await using bench = await new NetworkBench().listen(filters())
  const first = bench.connect()
  await bench.until(() => active(bench) === 1)
  expect(await bench.talk()).toBe('')
  expect(limited(bench)).toBe(1)
  first.end()
  await bench.until(() => active(bench) === 0)
  const next = bench.connect()
  next.write('hello')
  expect(String((await once(next, 'data'))[0])).toBe('hello')
  expect(limited(bench)).toBe(1)
})

test('keeps a refused connection for its delay', async () => {
  await using bench = await new NetworkBench().listen(filters('delay: 1s'))
  bench.connect()
  await bench.until(() => active(bench) === 1)
  const refused = bench.connect()
  refused.resume()
  await bench.until(() => limited(bench) === 1)
  expect([active(bench), bench.time.pending]).toEqual([2, 1])
  bench.time.advance(1000)
  await bench.until(() => refused.destroyed && active(bench) === 1)
})

test('forgets the delay of a connection that went by itself', async () => {
  await using bench = await new NetworkBench().listen(filters('delay: 1s'))
  bench.connect()
  await bench.until(() => active(bench) === 1)
  const refused = bench.connect()
  await bench.until(() => limited(bench) === 1)
  refused.resetAndDestroy()
  await bench.until(() => active(bench) === 1)
  expect(bench.time.pending).toBe(0)
})

test('does nothing when the runtime switched it off', async () => {
  const runtime = new FakeRuntime({ 'limit.enabled': false })
  const flag = 'runtime_enabled: { default_value: true, runtime_key: limit.enabled }'
  await using bench = await new NetworkBench(runtime).listen(filters(flag))
  bench.connect()
  const second = bench.connect()
  second.write('hello')
  expect(String((await once(second, 'data'))[0])).toBe('hello')
  expect([active(bench), limited(bench)]).toEqual([0, 0])
})

test('needs a limit', async () => {
  await using bench = new NetworkBench()
  await expect(bench.listen(filters().replace('max_connections: 1', ''))).rejects.toThrow('needs max_connections')
})
