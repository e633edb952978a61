import { beforeAll, describe, expect, test } from 'vitest'
import { ask, bearer, jwtBench, KeyServer, NOW, said } from './testing/jwt-run.ts'
import { base64url, Issuer } from './testing/tokens.ts'

const CLAIMS = { iss: 'iss1', sub: 'me', aud: 'aud1', exp: NOW + 1000 }

let issuer: Issuer
let provider: (more?: string) => string
beforeAll(async () => {
  issuer = await Issuer.create('RS256')
  provider = (more = '') => `{ issuer: iss1, local_jwks: { inline_string: '${issuer.keys()}' }, ${more} }`
})

const RULE = `rules: [{ match: { prefix: / }, requires: { provider_name: p1 } }]`
const one = (more = ''): string => `providers: { p1: ${provider(more)} }\n${RULE}`

describe('one provider', () => {
  test('lets a good token through, and takes it away', async () => {
    const t = await ask(jwtBench(one()), bearer(await issuer.sign(CLAIMS)))
    expect([t.status, t.upstream?.headers]).toEqual([200, []])
    expect(t.stats.counter('http.test.jwt_authn.allowed').value).toBe(1)
  })

  test.each<[string, object, Record<string, unknown>, string]>([
    ['no kid', {}, { kid: undefined }, '200'],
    ['another kid', {}, { kid: 'k2' }, "401 Jwks doesn't have key to match kid or alg from Jwt"],
    ['a list of audiences', { aud: ['x', 'aud1'] }, {}, '200'],
    ['a critical extension', {}, { crit: ['x-unknown'], 'x-unknown': 1 }, '401 Jwt header [crit] is not supported'],
    [
      'a key of its own in the header',
      {},
      { jwk: { kty: 'oct', k: 'AA' }, jku: 'http://evil', x5u: 'http://evil' },
      '200',
    ],
    ['a kid that is no text', {}, { kid: 5 }, '401 Jwt header [kid] field is not a string'],
    ['expired for a minute', { exp: NOW - 60 }, {}, '200'],
    ['expired for longer', { exp: NOW - 61 }, {}, '401 Jwt is expired'],
    ['expired at the beginning of time', { exp: 0 }, {}, '401 Jwt is expired'],
    ['soon valid', { nbf: NOW + 60 }, {}, '200'],
    ['valid later', { nbf: NOW + 61 }, {}, '401 Jwt not yet valid'],
    ['never expiring', { exp: undefined }, {}, '200'],
    ['another audience', { aud: 'aud2' }, {}, '403 Audiences in Jwt are not allowed'],
    ['no audience', { aud: undefined }, {}, '403 Audiences in Jwt are not allowed'],
    ['an empty list of audiences', { aud: [] }, {}, '403 Audiences in Jwt are not allowed'],
    ['another issuer', { iss: 'iss2' }, {}, '401 Jwt issuer is not configured'],
    ['no issuer', { iss: undefined }, {}, '401 Jwt issuer is not configured'],
    ['an issuer that is no text', { iss: 1 }, {}, '401 Jwt payload [iss] field is not a string'],
    ['a subject that is no text', { sub: 1 }, {}, '401 Jwt payload [sub] field is not a string'],
    ['an id that is no text', { jti: 1 }, {}, '401 Jwt payload [jti] field is not a string'],
    ['an audience that is no text', { aud: 1 }, {}, '401 Jwt payload [aud] field is not a string or string list'],
    ['an expiry that is no number', { exp: 'x' }, {}, '401 Jwt payload [exp] field is not an integer'],
    ['a birth that is no number', { iat: null }, {}, '401 Jwt payload [iat] field is not an integer'],
    ['a negative expiry', { exp: -1 }, {}, '401 Jwt payload [exp] field is not a positive 64 bit integer'],
    ['an endless expiry', { exp: 1e300 }, {}, '401 Jwt payload [exp] field is not a positive 64 bit integer'],
  ])('answers a token with %s as Envoy does', async (_, claims, header, expected) => {
    const bench = jwtBench(one('audiences: [aud1]'))
    const t = await ask(bench, bearer(await issuer.sign({ ...CLAIMS, ...claims }, header)))
    expect(t.status === 200 ? '200' : said(t)).toBe(expected)
  })

  test('says what is wanted, and what was wrong with what came', async () => {
    const missing = await ask(jwtBench(one()), [], '/a?"x')
    expect([said(missing), missing.header('www-authenticate')]).toEqual([
      '401 Jwt is missing',
      'Bearer realm="http://host/a?%22x"',
    ])
    const expired = await ask(jwtBench(one()), bearer(await issuer.sign({ ...CLAIMS, exp: 1 })))
    expect(expired.header('www-authenticate')).toBe('Bearer realm="http://host/", error="invalid_token"')
    expect(expired.info.details).toBe('jwt_authn_access_denied{Jwt_is_expired}')
    expect([expired.info.flagsText, expired.stats.counter('http.test.jwt_authn.denied').value]).toEqual(['-', 1])
    const stripped = await ask(jwtBench(`${one()}\nstrip_failure_response: true`))
    expect([said(stripped), stripped.header('www-authenticate')]).toEqual(['401', undefined])
  })

  test('compares audiences without scheme and a slash at the end', async () => {
    const bench = jwtBench(one('audiences: [https://api.example/]'))
    const t = await ask(bench, bearer(await issuer.sign({ ...CLAIMS, aud: 'http://api.example' })))
    expect(t.status).toBe(200)
  })

  test.each([
    ['subjects: { prefix: m }', {}, '200'],
    ['subjects: { prefix: x }', {}, '401 Jwt verification fails'],
    ['require_expiration: true', { exp: undefined }, '401 Jwt verification fails'],
    ['max_lifetime: 1000s', {}, '200'],
    ['max_lifetime: 999s', {}, '401 Jwt verification fails'],
    ['max_lifetime: 999s', { exp: undefined }, '401 Jwt verification fails'],
    ['clock_skew_seconds: 5', { exp: NOW - 6 }, '401 Jwt is expired'],
  ])('with %s and %j: %s', async (more, claims, expected) => {
    const t = await ask(jwtBench(one(more)), bearer(await issuer.sign({ ...CLAIMS, ...claims })))
    expect(t.status === 200 ? '200' : said(t)).toBe(expected)
  })
})

describe('where tokens stand', () => {
  const places = 'from_headers: [{ name: X-Jwt, value_prefix: "Tok " }], from_params: [tok], from_cookies: [ck]'

  test('bearer tokens in the header or the query, unless something else is said', async () => {
    const good = await issuer.sign(CLAIMS)
    const bench = jwtBench(one())
    const query = await ask(bench, [], `/p?a=1&access_token=${good}&b=2`)
    expect([query.status, query.upstream?.path]).toEqual([200, '/p?a=1&b=2'])
    expect((await ask(bench, [], `/p?access_token=${good}`)).upstream?.path).toBe('/p')
    expect(said(await ask(bench, [['authorization', `bearer ${good}`]]))).toBe('401 Jwt is missing')
    expect((await ask(bench, [['authorization', `Bearer  ${good}`]])).status).toBe(200)
    expect(said(await ask(bench, [], '/?access_token='))).toContain('401 Jwt is not in the form')
  })

  test('headers, parameters and cookies by name', async () => {
    const good = await issuer.sign(CLAIMS)
    const bench = jwtBench(one(places))
    expect((await ask(bench, [['x-jwt', `Tok ${good}`]])).upstream?.headers).toEqual([])
    expect((await ask(bench, [], `/?tok=${good}`)).upstream?.path).toBe('/')
    const cookie = `a=b; ck=${good}`
    expect((await ask(bench, [['cookie', cookie]])).upstream?.headers).toEqual([['cookie', cookie]])
    expect(said(await ask(bench, [['x-jwt', good]]))).toBe('401 Jwt is missing')
    expect(said(await ask(bench, bearer(good)))).toBe('401 Jwt is missing')
  })

  test('a token stays with forward', async () => {
    const good = await issuer.sign(CLAIMS)
    expect((await ask(jwtBench(one('forward: true')), bearer(good))).upstream?.headers).toEqual(bearer(good))
  })

  test('every token of a provider has to be good', async () => {
    const [good, bad] = [await issuer.sign(CLAIMS), await issuer.sign({ ...CLAIMS, exp: 1 })]
    const bench = jwtBench(one(places))
    expect(said(await ask(bench, [['x-jwt', `Tok ${good}`]], `/?tok=${bad}`))).toBe('401 Jwt is expired')
    expect(said(await ask(bench, [['x-jwt', `Tok ${bad}`]], `/?tok=${good}`))).toBe('401 Jwt is expired')
    expect(said(await ask(jwtBench(one()), [...bearer(good), ...bearer(bad)]))).toContain('401 Jwt')
  })
})

describe('what a token says', () => {
  const claims = {
    ...CLAIMS, n: { k: 5, l: ['a'], 'a.b': 'x' }, scope: 'a  b', yes: true, half: 1.5, minus: -3, big: 1e20, nothing: null,
    umlaut: 'ü', evil: 'a\r\nx-admin: 1',
  } // prettier-ignore
  const names = ['sub', 'n.k', 'n.l', 'yes', 'half', 'minus', 'big', 'nothing', 'gone.a', 'umlaut', 'evil', 'constructor', '__proto__.x', 'n.a.b'] // prettier-ignore
  const headers = `claim_to_headers: [${names.map((claim, i) => `{ header_name: X-${i}, claim_name: ${JSON.stringify(claim)} }`).join(', ')}]`

  test('goes into headers that nobody else can set', async () => {
    const bench = jwtBench(one(`forward_payload_header: X-Payload, ${headers}`))
    const forged: [string, string][] = [['x-payload', 'forged'], ['x-8', 'forged'], ['x-jwt-signature-verified', 'true']] // prettier-ignore
    const token = await issuer.sign(claims)
    const t = await ask(bench, [...bearer(token), ...forged])
    expect(t.upstream?.headers).toEqual([
      ['x-payload', token.split('.')[1]], ['x-0', 'me'], ['x-1', '5'], ['x-2', 'WyJhIl0='], ['x-3', 'true'],
      ['x-4', '1.500000'], ['x-5', '-3.000000'], ['x-6', '100000000000000000000.000000'], ['x-9', '\u00c3\u00bc'],
    ]) // prettier-ignore
  })

  test('is padded when asked to', async () => {
    const bench = jwtBench(one('forward_payload_header: x-payload, pad_forward_payload_header: true'))
    const token = await issuer.sign({ iss: 'iss1', a: 'b' })
    expect((await ask(bench, bearer(token))).upstream?.headers).toEqual([
      ['x-payload', 'eyJpc3MiOiJpc3MxIiwiYSI6ImIifQ=='],
    ])
  })

  test('goes into metadata, and so does why a token was refused', async () => {
    const more =
      'payload_in_metadata: pl, header_in_metadata: hd, failed_status_in_metadata: fs, normalize_payload_in_metadata: { space_delimited_claims: [scope, sub2] }'
    const bench = jwtBench(one(more))
    const good = (await ask(bench, bearer(await issuer.sign(claims)))).info.metadata?.get(
      'envoy.filters.http.jwt_authn',
    )
    expect(good).toEqual({ hd: { alg: 'RS256', kid: 'k1' }, pl: { ...claims, scope: ['a', 'b'] } })
    const bad = await ask(bench, bearer(await issuer.sign({ ...claims, exp: 1 })))
    expect(bad.info.metadata?.get('envoy.filters.http.jwt_authn')).toEqual({
      fs: { code: 3, message: 'Jwt is expired' },
    })
  })

  test('may have the route chosen anew', async () => {
    let cleared = 0
    const before = [{ onRequestHeaders: (_: unknown, s: { clearRouteCache(): void }) => void (s.clearRouteCache = () => void cleared++) }] // prettier-ignore
    const clears = async (more: string): Promise<number> => {
      cleared = 0
      await ask(jwtBench(one(more), { before }), bearer(await issuer.sign(CLAIMS)))
      return cleared
    }
    expect(await clears('clear_route_cache: true, payload_in_metadata: p')).toBe(1)
    expect(await clears('clear_route_cache: true, claim_to_headers: [{ header_name: a, claim_name: sub }]')).toBe(1)
    expect(await clears('clear_route_cache: true, claim_to_headers: [{ header_name: a, claim_name: gone }]')).toBe(0)
    expect(await clears('payload_in_metadata: p')).toBe(0)
  })
})

describe('requirements', () => {
  const config = (requires: string): string => `providers:
  p1: ${provider('audiences: [aud1]')}
  p4: { local_jwks: { inline_string: '${issuer.keys()}' }, from_headers: [{ name: x-p4 }] }
requirement_map: { named: { provider_name: p1 } }
rules:
- { match: { prefix: /free } }
- { match: { path: /named }, requirement_name: named }
- { match: { prefix: /r }, requires: ${requires} }`
  const any = '{ requires_any: { requirements: [{ provider_name: p1 }, { provider_name: p4 }] } }'
  const all = '{ requires_all: { requirements: [{ provider_name: p1 }, { provider_name: p4 }] } }'
  const maybe = (how: string): string => `{ requires_any: { requirements: [{ provider_name: p1 }, { ${how}: {} }] } }`

  test.each<[string, () => string, readonly string[], string]>([
    ['any, none', () => any, [], '401 Jwt is missing'],
    ['any, first', () => any, ['good'], '200'],
    ['any, first bad', () => any, ['expired'], '401 Jwt is expired'],
    ['any, second', () => any, ['', 'good'], '200'],
    ['any, first bad and second good', () => any, ['expired', 'good'], '200'],
    ['any, both bad', () => any, ['expired', 'forged'], '401 Jwt verification fails'],
    ['all, none', () => all, [], '401 Jwt is missing'],
    ['all, one', () => all, ['good'], '401 Jwt is missing'],
    ['all, both', () => all, ['good', 'good'], '200'],
    ['all, both, one bad', () => all, ['good', 'forged'], '401 Jwt verification fails'],
    ['or missing, none', () => maybe('allow_missing'), [], '200'],
    ['or missing, good', () => maybe('allow_missing'), ['good'], '200'],
    ['or missing, bad', () => maybe('allow_missing'), ['expired'], '401 Jwt is expired'],
    [
      'or missing, malformed',
      () => maybe('allow_missing'),
      ['x'],
      '401 Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections',
    ],
    ['or missing, of another issuer', () => maybe('allow_missing'), ['stranger'], '401 Jwt issuer is not configured'],
    ['or missing or failed, bad', () => maybe('allow_missing_or_failed'), ['expired'], '200'],
    ['missing, none', () => '{ allow_missing: {} }', [], '200'],
    ['missing, bad', () => '{ allow_missing: {} }', ['expired'], '401 Jwt is expired'],
    ['missing, another issuer', () => '{ allow_missing: {} }', ['stranger'], '401 Jwt issuer is not configured'],
    ['missing, for another provider', () => '{ allow_missing: {} }', ['', 'good'], '200'],
    ['failed, bad', () => '{ allow_missing_or_failed: {} }', ['expired'], '200'],
    [
      'other audiences',
      () => '{ provider_and_audiences: { provider_name: p1, audiences: [aud2] } }',
      ['good'],
      '403 Audiences in Jwt are not allowed',
    ],
    ['nothing', () => '{}', [], '200'],
  ])('%s', async (_, requires, tokens, expected) => {
    const stranger = await Issuer.create('RS256')
    const known: Record<string, string> = {
      good: await issuer.sign(CLAIMS),
      expired: await issuer.sign({ ...CLAIMS, exp: 1 }),
      stranger: await issuer.sign({ ...CLAIMS, iss: 'x' }),
      forged: await stranger.sign(CLAIMS),
    }
    const [first = '', second = ''] = tokens.map((name) => known[name] ?? name)
    const headers = [...(first === '' ? [] : bearer(first)), ...(second === '' ? [] : [['x-p4', second] as const])]
    const t = await ask(jwtBench(config(requires())), headers, '/r')
    expect(t.status === 200 ? '200' : said(t)).toBe(expected)
  })

  test('the first rule that matches decides, and without one nothing is required', async () => {
    const bench = jwtBench(config(any))
    expect((await ask(bench, [], '/free/x')).status).toBe(200)
    expect((await ask(bench, [], '/elsewhere')).status).toBe(200)
    expect((await ask(bench, [], '/named')).status).toBe(401)
    expect((await ask(bench, [], '/named?x')).status).toBe(401)
  })

  test('a route may switch the filter off, or name another requirement', async () => {
    const on = (routeConfig: string, path: string) =>
      ask(jwtBench(config(any), { routeConfigs: [routeConfig] }), [], path)
    expect((await on('disabled: true', '/r')).status).toBe(200)
    expect((await on('requirement_name: named', '/free')).status).toBe(401)
    const gone = await on('requirement_name: gone', '/free')
    expect(said(gone)).toBe('403 Failed JWT authentication: Wrong requirement_name: gone. It should be one of [named]')
    expect(gone.info.details).toBe('jwt_authn_access_denied{Wrong_requirement_name:_gone._It_should_be_one_of_[named]}')
  })

  test('filter state chooses where no rule does', async () => {
    const state = `${config(any)}\nfilter_state_rules: { name: sel, requires: { a: { provider_name: p1 }, b: {} } }`
    const choosing = (value: string) => {
      const before = [{ onRequestHeaders: (_: unknown, s: { info: { filterState: unknown } }) => void (s.info.filterState = new Map([['sel', { serialize: () => value }]])) }] // prettier-ignore
      return ask(jwtBench(state, { before }), [], '/elsewhere')
    }
    expect([(await choosing('a')).status, (await choosing('b')).status, (await choosing('c')).status]).toEqual([
      401, 200, 200,
    ])
  })

  test('tokens may be told without being verified, and are marked as such', async () => {
    const bench =
      jwtBench(`providers: { p1: ${provider('claim_to_headers: [{ header_name: x-sub, claim_name: sub }]')} }
rules: [{ match: { prefix: / }, requires: { extract_only_without_validation: {} } }]`)
    const token = await issuer.sign({ ...CLAIMS, exp: 1 })
    const t = await ask(bench, bearer(token))
    expect(t.upstream?.headers).toEqual([...bearer(token), ['x-jwt-signature-verified', 'false'], ['x-sub', 'me']])
    expect((await ask(bench)).upstream?.headers).toEqual([])
  })

  const PREFLIGHT: [string, string][] = [
    ['origin', 'x'],
    ['access-control-request-method', 'GET'],
  ]

  test('a preflight passes when that is configured', async () => {
    const run = async (headers: [string, string][]) =>
      (await ask(jwtBench(`${one()}\nbypass_cors_preflight: true`), headers, '/', 'OPTIONS')).status
    expect(await run(PREFLIGHT)).toBe(200)
    expect([await run([['origin', 'x']]), await run([])]).toEqual([401, 401])
    const counted = await ask(jwtBench(`${one()}\nbypass_cors_preflight: true`), PREFLIGHT, '/', 'OPTIONS')
    const counts = ['cors_preflight_bypassed', 'allowed'].map(
      (name) => counted.stats.counter(`http.test.jwt_authn.${name}`).value,
    )
    expect(counts).toEqual([1, 1])
  })
})

describe('keys of a server', () => {
  const remote = (more = ''): string => `providers:
  p1: { issuer: iss1, remote_jwks: { http_uri: { uri: "https://keys.example/k?x=1", cluster: keys, timeout: 2s }, cache_duration: 100s, ${more} } }
${RULE}`

  test('are asked for when they are needed, once, and kept', async () => {
    const server = new KeyServer(issuer.keys())
    const bench = jwtBench(remote(), { fetch: server.fetch })
    const good = bearer(await issuer.sign(CLAIMS))
    const both = await Promise.all([ask(bench, good), ask(bench, good)])
    expect(both.map(({ status }) => status)).toEqual([200, 200])
    expect(server.asked).toMatchObject([{ method: 'GET', path: '/k?x=1', authority: 'keys.example', timeoutMs: 2000 }])
    await bench.time.advanceAsync(99_000)
    expect((await ask(bench, good)).status).toBe(200)
    expect(server.asked.length).toBe(1)
    await bench.time.advanceAsync(2000)
    await ask(bench, good)
    expect(server.asked.length).toBe(2)
    expect(bench.stats.counter('http.test.jwt_authn.jwks_fetch_success').value).toBe(2)
  })

  test.each<[string, (server: KeyServer) => void]>([
    ['is down', (server) => (server.failure = 'connect')],
    ['is late', (server) => (server.failure = 'timeout')],
    ['sends too much', (server) => (server.failure = 'too-large')],
    ['answers with an error', (server) => (server.status = 500)],
    ['redirects', (server) => (server.status = 302)],
    ['sends no JSON', (server) => (server.keys = 'keys')],
    ['sends no keys', (server) => (server.keys = '{"keys":[]}')],
    ['sends keys for encryption', (server) => (server.keys = issuer.keys({ use: 'enc' }))],
  ])('a server that %s lets nobody in', async (_, break_) => {
    const server = new KeyServer(issuer.keys())
    break_(server)
    const bench = jwtBench(remote(), { fetch: server.fetch })
    const good = bearer(await issuer.sign(CLAIMS))
    const t = await ask(bench, good)
    expect([said(t), t.upstream]).toEqual(['401 Jwks remote fetch is failed', undefined])
    expect(bench.stats.counter('http.test.jwt_authn.jwks_fetch_failed').value).toBe(1)
    Object.assign(server, new KeyServer(issuer.keys()), { fetch: server.fetch })
    expect((await ask(bench, good)).status).toBe(200)
  })

  test('keys that are too old let nobody in when no others can be had', async () => {
    const server = new KeyServer(issuer.keys())
    const bench = jwtBench(remote(), { fetch: server.fetch })
    const good = bearer(await issuer.sign({ ...CLAIMS, exp: NOW + 100_000 }))
    expect((await ask(bench, good)).status).toBe(200)
    server.failure = 'connect'
    await bench.time.advanceAsync(101_000)
    expect((await ask(bench, good)).status).toBe(401)
  })

  test('are fetched before anybody asks, again before they are too old, and soon after a failure', async () => {
    const server = new KeyServer(issuer.keys())
    server.failure = 'connect'
    const bench = jwtBench(remote('async_fetch: { failed_refetch_duration: 3s }'), { fetch: server.fetch })
    await bench.time.advanceAsync(10)
    expect(server.asked.length).toBe(1)
    server.failure = ''
    await bench.time.advanceAsync(3000)
    expect(server.asked.length).toBe(2)
    await bench.time.advanceAsync(94_000)
    expect(server.asked.length).toBe(2)
    await bench.time.advanceAsync(1100)
    expect(server.asked.length).toBe(3)
    expect((await ask(bench, bearer(await issuer.sign({ ...CLAIMS, exp: NOW + 100_000 })))).status).toBe(200)
  })

  test('are asked for again by the retry policy', async () => {
    const server = new KeyServer(issuer.keys())
    server.status = 503
    const bench = jwtBench(remote('retry_policy: { num_retries: 2, retry_back_off: { base_interval: 0.1s } }'), {
      fetch: server.fetch,
    })
    await bench.run({ headers: bearer(await issuer.sign(CLAIMS)) })
    expect(server.asked.length).toBe(3)
  })

  test('a new set of keys makes tokens of the old one bad, remembered or not', async () => {
    const server = new KeyServer(issuer.keys())
    const config = remote().replace('issuer: iss1,', 'issuer: iss1, jwt_cache_config: { jwt_cache_size: 10 },')
    const bench = jwtBench(config, { fetch: server.fetch })
    const good = bearer(await issuer.sign({ ...CLAIMS, exp: NOW + 100_000 }))
    expect([(await ask(bench, good)).status, (await ask(bench, good)).status]).toEqual([200, 200])
    expect(bench.stats.counter('http.test.jwt_authn.jwt_cache_hit').value).toBe(1)
    server.keys = (await Issuer.create('RS256')).keys()
    await bench.time.advanceAsync(101_000)
    expect(said(await ask(bench, good))).toBe('401 Jwt verification fails')
  })
})

test('remembers tokens that were good, as many and as long ones as configured, and never beyond their time', async () => {
  const bench = jwtBench(one('jwt_cache_config: { jwt_cache_size: 2 }'))
  const hits = (): number => bench.stats.counter('http.test.jwt_authn.jwt_cache_hit').value
  const [a, b, c, long] = [
    await issuer.sign({ ...CLAIMS, n: 1 }), await issuer.sign({ ...CLAIMS, n: 2 }), await issuer.sign({ ...CLAIMS, n: 3 }),
    await issuer.sign({ ...CLAIMS, n: 'x'.repeat(5000) }),
  ].map(bearer) as [never, never, never, never] // prettier-ignore
  for (const token of [a, b, a, c, a, b, long, long]) await ask(bench, token)
  expect(hits()).toBe(2)
  await bench.time.advanceAsync(1_100_000)
  expect(said(await ask(bench, a))).toBe('401 Jwt is expired')
})

test.each<[string, object, string]>([
  ['no keys', { providers: { p: {} } }, 'needs remote_jwks or local_jwks'],
  ['keys that are none', { providers: { p: { local_jwks: { inline_string: '{}' } } } }, 'no JWK set'],
  [
    'keys at no URL',
    { providers: { p: { remote_jwks: { http_uri: { uri: 'k', cluster: 'c' } } } } },
    'no http or https URL',
  ],
  ['keys without a cluster', { providers: { p: { remote_jwks: { http_uri: { uri: 'http://k' } } } } }, 'name one'],
  ['an unknown provider', { rules: [{ match: { prefix: '/' }, requires: { provider_name: 'p' } }] }, 'no provider "p"'],
  ['an unknown requirement', { rules: [{ match: { prefix: '/' }, requirement_name: 'r' }] }, 'no requirement "r"'],
])('refuses a configuration with %s', (_, config, message) => {
  expect(jwtBench(config as never).problems.join()).toContain(message)
})

test('base64url is what tokens are made of', () => {
  expect(base64url(Uint8Array.of(251, 255))).toBe('-_8')
})
