import { FilterBench, runFilter } from '@nuncio/filter-chain/testing'
import { describe, expect, test } from 'vitest'
import { buffer } from './index.ts'

const config = 'max_request_bytes: 8'
const post = (...body: string[]) => ({ method: 'POST', body })

describe('envoy.filters.http.buffer', () => {
  test('collects the body and says how long it is', async () => {
    const t = await runFilter(buffer, { config, request: post('ab', 'cd', 'e') })
    expect(t.upstream?.body).toBe('abcde')
    expect(t.upstream?.headers).toContainEqual(['content-length', '5'])
  })

  test('lets nothing reach the upstream before the body is complete', async () => {
    const bench = new FilterBench(buffer, { config })
    const open = bench.open({ method: 'POST', body: 'ab', trailers: [['t', '1']] })
    await bench.time.advanceAsync(0)
    expect(open.transcript().upstream).toMatchObject({ body: 'ab', trailers: [['t', '1']] })
  })

  test.each([[['12345678']], [['1234', '5678']]])('takes %j, exactly the limit', async (body) => {
    expect((await runFilter(buffer, { config, request: post(...body) })).upstream?.body).toBe('12345678')
  })

  test.each([[['123456789']], [['1', '2345678', '9']]])('refuses %j', async (body) => {
    const t = await runFilter(buffer, { config, request: post(...body) })
    expect([t.status, t.body, t.upstream, t.info.details]).toEqual([
      413,
      'Payload Too Large',
      undefined,
      'request_payload_too_large',
    ])
  })

  test('refuses what announces too much without reading it', async () => {
    const request = { method: 'POST', body: '1', headers: [['content-length', '9']] as [string, string][] }
    expect((await runFilter(buffer, { config, request })).status).toBe(413)
  })

  test('leaves requests without a body alone', async () => {
    const t = await runFilter(buffer, { config })
    expect([t.status, t.upstream?.headers]).toEqual([200, []])
  })

  test('lets a route switch it off or raise the limit', async () => {
    const request = post('123456789')
    expect((await runFilter(buffer, { config, request, routeConfigs: ['disabled: true'] })).status).toBe(200)
    const more = ['buffer: { max_request_bytes: 9 }']
    expect((await runFilter(buffer, { config, request, routeConfigs: more })).upstream?.body).toBe('123456789')
  })
})
