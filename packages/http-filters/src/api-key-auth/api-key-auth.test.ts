import { FilterBench, type RunOptions, runFilter, type Transcript } from '@nuncio/filter-chain/testing'
import { describe, expect, test } from 'vitest'
import { apiKeyAuth } from './index.ts'

const CONFIG = `
credentials: [{ key: k1, client: c1 }, { key: k2, client: c2 }]
key_sources: [{ header: X-Key }, { query: key }, { cookie: ck }]
forwarding: { header: x-client, hide_credentials: true }
`
const run = (request: RunOptions['request'], routeConfigs: string[] = []): Promise<Transcript> =>
  runFilter(apiKeyAuth, { config: CONFIG, request, routeConfigs })
const header = (value: string): RunOptions['request'] => ({ headers: [['x-key', value]] })

describe('envoy.filters.http.api_key_auth', () => {
  test.each<[RunOptions['request'], string, string, [string, string][]]>([
    [header('k1'), 'c1', '/', []],
    [header('Bearer k2'), 'c2', '/', []],
    [{ path: '/p?a=1&key=k2&b=2' }, 'c2', '/p?a=1&b=2', []],
    [{ path: '/p?k%65y=k2' }, 'c2', '/p', []],
    [{ path: '/p?key=k2&' }, 'c2', '/p', []],
    [{ path: '/p?a&key=k2&b=%20' }, 'c2', '/p?a&b=%20', []],
    [{ headers: [['cookie', 'a=b; ck=k1; c=d']] }, 'c1', '/', [['cookie', 'a=b; c=d']]],
    [{ headers: [['cookie', 'ck=k1']] }, 'c1', '/', []],
  ])('lets %j through as %s, without its key', async (request, client, path, kept) => {
    const t = await run(request)
    expect([t.upstream?.path, t.upstream?.headers]).toEqual([path, [...kept, ['x-client', client]]])
    expect(t.stats.counter('http.test.api_key_auth.allowed').value).toBe(1)
  })

  test.each<[RunOptions['request'], string]>([
    [{}, 'missing_api_key'],
    [header(''), 'missing_api_key'],
    [header('zz'), 'unknown_api_key'],
    [header('K1'), 'unknown_api_key'],
    [header('k1 '), 'unknown_api_key'],
    [header('__proto__'), 'unknown_api_key'],
    // A wrong key is not made good by a right one elsewhere.
    [{ path: '/?key=k2', headers: [['x-key', 'bad']] }, 'unknown_api_key'],
  ])('refuses %j: %s', async (request, details) => {
    const t = await run(request)
    expect([t.status, t.body, t.upstream, t.info.details]).toEqual([
      401,
      'Client authentication failed.',
      undefined,
      details,
    ])
    expect(t.stats.counter('http.test.api_key_auth.unauthorized').value).toBe(1)
  })

  test('lets nobody name their client themselves', async () => {
    const t = await run({ headers: [['x-client', 'root'], ['x-key', 'k1']] }) // prettier-ignore
    expect(t.upstream?.headers).toEqual([['x-client', 'c1']])
    const forged: RunOptions['request'] = { headers: [['x-client', 'root'], ['x-key', 'k2']] } // prettier-ignore
    expect((await run(forged, ['allowed_clients: [c2]'])).upstream?.headers).toEqual([['x-key', 'k2']])
  })

  test('lets a route say which clients it serves, with the keys of the filter', async () => {
    const only = ['allowed_clients: [c2]']
    const t = await run(header('k1'), only)
    expect([t.status, t.body, t.info.details]).toEqual([403, 'Client is forbidden.', 'client_not_allowed'])
    expect(t.stats.counter('http.test.api_key_auth.forbidden').value).toBe(1)
    expect((await run(header('k2'), only)).upstream?.headers).toEqual([['x-key', 'k2']])
  })

  test('lets a route have keys and places of its own', async () => {
    const own = ['credentials: [{ key: k3, client: c3 }]\nkey_sources: [{ header: x-other }]']
    expect((await run({ headers: [['x-other', 'k3']] }, own)).status).toBe(200)
    expect((await run(header('k1'), own)).status).toBe(401)
  })

  test('refuses a key that stands there twice', () => {
    const config = 'credentials: [{ key: k, client: a }, { key: k, client: b }]\nkey_sources: [{ header: x }]'
    expect(new FilterBench(apiKeyAuth, { config }).problems).toEqual(['this key stands here twice'])
  })
})
