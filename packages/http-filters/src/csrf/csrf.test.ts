import { type Pairs, runFilter, type Transcript } from '@nuncio/filter-chain/testing'
import { FakeRuntime } from '@nuncio/core/testing'
import { describe, expect, test } from 'vitest'
import { csrf } from './index.ts'

const ON = 'filter_enabled: { default_value: { numerator: 100 } }'
const run = (headers: Pairs, config = ON, method = 'POST', authority = 'app.example'): Promise<Transcript> =>
  runFilter(csrf, { config, request: { method, authority, headers } })
const count = (t: Transcript, name: string): number => t.stats.counter(`http.test.csrf.${name}`).value

describe('envoy.filters.http.csrf', () => {
  test.each(['POST', 'PUT', 'DELETE', 'PATCH'])('refuses %s from another origin', async (method) => {
    const t = await run([['origin', 'https://evil.example']], ON, method)
    expect([t.status, t.body, t.upstream, t.info.details]).toEqual([
      403,
      'Invalid origin',
      undefined,
      'csrf_origin_mismatch',
    ])
    expect(count(t, 'request_invalid')).toBe(1)
  })

  test.each(['GET', 'HEAD', 'OPTIONS'])('leaves %s alone', async (method) => {
    expect((await run([['origin', 'https://evil.example']], ON, method)).upstream?.method).toBe(method)
  })

  test.each<[Pairs]>([
    [[['origin', 'https://app.example']]],
    [[['origin', 'https://APP.example:443']]],
    [[['referer', 'https://app.example/page?x=1']]],
    [[['origin', 'null'], ['referer', 'https://app.example/']]],
  ])('lets %j through', async (headers) => {
    const t = await run(headers)
    expect([t.upstream?.method, count(t, 'request_valid')]).toEqual(['POST', 1])
  }) // prettier-ignore

  test.each<[string, Pairs]>([
    ['a suffix', [['origin', 'https://app.example.evil.example']]],
    ['a prefix', [['origin', 'https://evilapp.example']]],
    ['a user name', [['origin', 'https://app.example@evil.example']]],
    ['the path', [['origin', 'https://evil.example/app.example']]],
    ['a backslash', [['origin', 'https://evil.example\\@app.example']]],
    ['the port', [['origin', 'https://app.example:8443']]],
    ['an honest referer beside a bad origin', [['origin', 'https://evil.example'], ['referer', 'https://app.example/']]],
    ['the bare host', [['origin', 'app.example']]],
  ])('is not fooled by %s', async (_, headers) => {
    expect((await run(headers)).status).toBe(403)
  }) // prettier-ignore

  test.each<[Pairs]>([[[]], [[['origin', 'null']]], [[['origin', '']]]])(
    'refuses requests that do not say where they come from: %j',
    async (headers) => {
      const t = await run(headers)
      expect([t.status, count(t, 'missing_source_origin'), count(t, 'request_invalid')]).toEqual([403, 1, 0])
    },
  )

  test('takes other origins that are named', async () => {
    const config = `${ON}\nadditional_origins: [{ suffix: .partner.example }]`
    expect((await run([['origin', 'https://a.partner.example']], config)).status).toBe(200)
    expect((await run([['origin', 'https://a.partner.example.evil']], config)).status).toBe(403)
  })

  test('only counts in shadow, and does nothing when off', async () => {
    const off = 'filter_enabled: { default_value: { numerator: 0 } }'
    const t = await run([], `${off}\nshadow_enabled: { default_value: { numerator: 100 } }`)
    expect([t.status, count(t, 'missing_source_origin')]).toEqual([200, 1])
    expect(count(await run([], off), 'missing_source_origin')).toBe(0)
  })

  test('takes both shares from the runtime while it runs', async () => {
    const runtime = new FakeRuntime()
    const config = `
filter_enabled: { runtime_key: csrf.on, default_value: { numerator: 0 } }
shadow_enabled: { runtime_key: csrf.shadow, default_value: { numerator: 0 } }`
    const asked = async (): Promise<unknown[]> => {
      const t = await runFilter(csrf, {
        config,
        request: { method: 'POST', headers: [['origin', 'https://evil.example']] },
        runtime,
      })
      return [t.status, count(t, 'request_invalid')]
    }
    expect(await asked()).toEqual([200, 0])
    runtime.set('csrf.shadow', 100)
    expect(await asked()).toEqual([200, 1])
    runtime.set('csrf.on', 100)
    expect(await asked()).toEqual([403, 1])
  })

  test('lets a route say something else', async () => {
    const routeConfigs = ['filter_enabled: { default_value: { numerator: 0 } }']
    expect((await runFilter(csrf, { config: ON, routeConfigs, request: { method: 'POST' } })).status).toBe(200)
  })
})
