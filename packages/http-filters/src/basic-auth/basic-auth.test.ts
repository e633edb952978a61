import { createHash, timingSafeEqual } from 'node:crypto'
import { base64, utf8Bytes } from '@nuncio/core'
import type { Platform } from '@nuncio/filter-chain'
import { FilterBench, type Pairs, runFilter, type RunOptions, type Transcript } from '@nuncio/filter-chain/testing'
import { describe, expect, test } from 'vitest'
import { basicAuth } from './index.ts'

const platform = {
  sha1: (data) => createHash('sha1').update(data).digest(),
  timingSafeEqual: (a, b) => timingSafeEqual(a, b),
  environment: (name) => (name === 'USERS' ? 'eve:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=' : undefined),
} as Partial<Platform> as Platform
const ANN = 'ann:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g='
const USERS = `users: { inline_string: "# people\\n${ANN}\\n\\n" }`
const basic = (text: string): Pairs => [['authorization', `Basic ${base64(utf8Bytes(text))}`]]
const run = (headers: Pairs, config = USERS, more: RunOptions = {}): Promise<Transcript> =>
  runFilter(basicAuth, { config, platform, request: { headers }, ...more })

describe('envoy.filters.http.basic_auth', () => {
  test('lets the right name and password through', async () => {
    const t = await run(basic('ann:password'))
    expect([t.status, t.stats.counter('http.test.basic_auth.allowed').value]).toEqual([200, 1])
  })

  test.each<[string, Pairs]>([
    ['no_credential_for_basic_auth', []],
    ['invalid_scheme_for_basic_auth', [['authorization', 'Bearer x']]],
    ['invalid_scheme_for_basic_auth', [['authorization', 'basic YW5uOnBhc3N3b3Jk']]],
    ['invalid_format_for_basic_auth', [['authorization', 'Basic !!!']]],
    ['invalid_format_for_basic_auth', basic('ann')],
    ['invalid_credential_for_basic_auth', basic('ann:wrong')],
    ['invalid_credential_for_basic_auth', basic('ann:')],
    ['invalid_credential_for_basic_auth', basic('bob:password')],
    ['invalid_credential_for_basic_auth', basic('Ann:password')],
    ['invalid_credential_for_basic_auth', basic(':password')],
    ['invalid_credential_for_basic_auth', basic('__proto__:password')],
    ['invalid_credential_for_basic_auth', basic('ann:password\0')],
  ])('refuses with %s: %j', async (details, headers) => {
    const t = await run(headers)
    expect([t.status, t.upstream, t.info.details, t.header('www-authenticate')]).toEqual([
      401,
      undefined,
      details,
      'Basic realm="http://host/"',
    ])
    expect(t.stats.counter('http.test.basic_auth.denied').value).toBe(1)
  })

  test('names its realm, quotes made harmless', async () => {
    expect((await run([], `${USERS}\nrealm: 'a "b"'`)).header('www-authenticate')).toBe('Basic realm="a \\"b\\""')
    const t = await run([], USERS, { request: { path: '/"x' } })
    expect(t.header('www-authenticate')).toBe('Basic realm="http://host/%22x"')
  })

  test('names the path that was asked for, where it was rewritten', async () => {
    const t = await run([['x-envoy-original-path', '/before']])
    expect(t.header('www-authenticate')).toBe('Basic realm="http://host/before"')
  })

  test('tells the upstream and later filters the name, and lets nobody tell it themselves', async () => {
    const config = `${USERS}\nforward_username_header: X-User\nemit_dynamic_metadata: true\nallow_missing: true`
    const t = await run([['x-user', 'root'], ...basic('ann:password')], config)
    expect(t.upstream?.headers.filter(([name]) => name.toLowerCase() === 'x-user')).toEqual([['x-user', 'ann']])
    expect(t.info.metadata?.get('envoy.filters.http.basic_auth')).toEqual({ username: 'ann' })
    const missing = await run([['x-user', 'root']], config)
    expect([missing.status, missing.upstream?.headers]).toEqual([200, []])
    expect((await run(basic('ann:wrong'), config)).status).toBe(401)
  })

  test('reads another header, and users from the environment', async () => {
    const config = 'users: { environment_variable: USERS }\nauthentication_header: X-Auth'
    const [[, value]] = basic('eve:password') as [[string, string]]
    expect((await run([['x-auth', value]], config)).status).toBe(200)
  })

  test('lets a route have its own users', async () => {
    const routeConfigs = [`users: { inline_string: "${ANN.replace('ann', 'bob')}" }`]
    expect((await run(basic('bob:password'), USERS, { routeConfigs })).status).toBe(200)
    expect((await run(basic('ann:password'), USERS, { routeConfigs })).status).toBe(401)
  })

  test.each([
    ['ann', 'has no name and hash'],
    [`:${ANN.slice(4)}`, 'has no name and hash'],
    ['ann:password', 'has no SHA hash'],
    ['ann:$apr1$x$y', 'has no SHA hash'],
    ['ann:{SHA}YQ==', 'has a hash that is none'],
    [`${ANN}\\n${ANN}`, 'repeats a name'],
  ])('refuses the users %j', (users, message) => {
    const { problems } = new FilterBench(basicAuth, { config: `users: { inline_string: "${users}" }`, platform })
    expect(problems.join()).toContain(message)
  })
})
