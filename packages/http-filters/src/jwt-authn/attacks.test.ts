import { utf8Bytes } from '@nuncio/core'
import { CompactSign, exportSPKI, importJWK } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { parseKeySet } from './key-set.ts'
import { strictJsonObject } from './strict-json.ts'
import { ask, bearer, jwtBench, NOW } from './testing/jwt-run.ts'
import { base64url, Issuer } from './testing/tokens.ts'
import { parseToken } from './token.ts'

const CLAIMS = { iss: 'iss1', sub: 'me', aud: 'aud1', exp: NOW + 1000 }
const json = (value: object): string => base64url(JSON.stringify(value))

interface World {
  readonly rsa: Issuer
  readonly ec: Issuer
  readonly ed: Issuer
  readonly evil: Issuer
  readonly rsaPem: string
}
let world: World
let config: string
beforeAll(async () => {
  const [rsa, ec, ed, evil] = await Promise.all([
    Issuer.create('RS256', 'rsa'), Issuer.create('ES256', 'ec'), Issuer.create('EdDSA', 'ed'), Issuer.create('RS256', 'rsa'),
  ]) // prettier-ignore
  const publicKey = await importJWK({ ...rsa.jwk, ext: true }, 'RS256', { extractable: true })
  world = { rsa, ec, ed, evil, rsaPem: await exportSPKI(publicKey as never) }
  // Keys without `alg`: it is then the kind of key alone that says what it may be used for.
  const keys = JSON.stringify({ keys: [rsa, ec, ed].map(({ jwk }) => ({ ...jwk, alg: undefined })) })
  config = `providers: { p1: { issuer: iss1, audiences: [aud1], local_jwks: { inline_string: '${keys}' } } }
rules: [{ match: { prefix: / }, requires: { provider_name: p1 } }]`
})

async function hmac(secret: string, header: object, claims: object = CLAIMS): Promise<string> {
  const key = await importJWK({ kty: 'oct', k: base64url(secret) }, 'HS256')
  return await new CompactSign(utf8Bytes(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'HS256', ...header })
    .sign(key)
}
const unsigned = (header: object, signature = ''): string => `${json(header)}.${json(CLAIMS)}.${signature}`
const parts = (token: string): [string, string, string] => token.split('.') as [string, string, string]

const ATTACKS: [string, (w: World) => Promise<string> | string][] = [
  ['alg none without a signature', () => unsigned({ alg: 'none' })],
  ['alg none with the signature of another', async ({ rsa }) => unsigned({ alg: 'none' }, parts(await rsa.sign(CLAIMS))[2])],
  ['alg None', () => unsigned({ alg: 'None' }, 'AA')],
  ['alg nONE', () => unsigned({ alg: 'nONE' }, 'AA')],
  ['no alg', () => unsigned({ kid: 'rsa' }, 'AA')],
  ['an empty alg', () => unsigned({ alg: '' }, 'AA')],
  ['an alg that is a list', () => unsigned({ alg: ['RS256'] }, 'AA')],
  ['alg __proto__', () => unsigned({ alg: '__proto__' }, 'AA')],
  ['HS256 with the public key as PEM', ({ rsaPem }) => hmac(rsaPem, { kid: 'rsa' })],
  ['HS256 with the public key as trimmed PEM', ({ rsaPem }) => hmac(rsaPem.trim(), { kid: 'rsa' })],
  ['HS256 with the modulus', ({ rsa }) => hmac(rsa.jwk.n!, { kid: 'rsa' })],
  ['HS256 with the key set', ({ rsa }) => hmac(JSON.stringify(rsa.jwk), { kid: 'rsa' })],
  ['HS256 with a single byte', () => hmac('\0', {})],
  ['HS256 with a guessed secret', () => hmac('secret', {})],
  ['RS256 for a key of ES256', async ({ rsa }) => await rsa.sign(CLAIMS, { kid: 'ec' })],
  ['ES256 for a key of RS256', async ({ ec }) => await ec.sign(CLAIMS, { kid: 'rsa' })],
  ['a kid that is a path', ({ evil }) => evil.sign(CLAIMS, { kid: '../../../../dev/null' })],
  ['a kid that is a URL', ({ evil }) => evil.sign(CLAIMS, { kid: 'http://127.0.0.1/keys' })],
  ['a kid that is a statement', ({ evil }) => evil.sign(CLAIMS, { kid: "rsa' UNION SELECT 'x" })],
  ['a kid that is __proto__', ({ evil }) => evil.sign(CLAIMS, { kid: '__proto__' })],
  ['a kid that is constructor', ({ evil }) => evil.sign(CLAIMS, { kid: 'constructor' })],
  ['a kid that is an object', ({ evil }) => evil.sign(CLAIMS, { kid: { toString: 'rsa' } })],
  ['no kid', ({ evil }) => evil.sign(CLAIMS, { kid: undefined })],
  ['a known kid and another key', ({ evil }) => evil.sign(CLAIMS)],
  ['a jwk of its own', ({ evil }) => evil.sign(CLAIMS, { jwk: evil.jwk })],
  ['a jku', ({ evil }) => evil.sign(CLAIMS, { jku: 'http://127.0.0.1/keys' })],
  ['an x5u', ({ evil }) => evil.sign(CLAIMS, { x5u: 'http://127.0.0.1/cert' })],
  ['an x5c', ({ evil }) => evil.sign(CLAIMS, { x5c: ['MIIB'] })],
  ['a critical extension', ({ rsa }) => rsa.sign(CLAIMS, { crit: ['x-unknown'], 'x-unknown': 1 })],
  ['an empty list of critical extensions', async ({ rsa }) => {
    const [, payload, signature] = parts(await rsa.sign(CLAIMS))
    return `${json({ alg: 'RS256', kid: 'rsa', crit: [] })}.${payload}.${signature}`
  }],
  ['a payload that is not encoded', ({ rsa }) => rsa.sign(CLAIMS, { b64: true, crit: ['b64'] })],
  ['an ES256 signature of zeros', async ({ ec }) => parts(await ec.sign(CLAIMS)).with(2, base64url(new Uint8Array(64))).join('.')],
  ['an ES256 signature whose s is 0', async ({ ec }) => {
    const signature = new Uint8Array(64)
    signature[31] = 1
    return parts(await ec.sign(CLAIMS)).with(2, base64url(signature)).join('.')
  }],
  ['an ES256 signature of the order of the group', async ({ ec }) => {
    const order = 'FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551'
    const half = Uint8Array.from(order.match(/../g)!, (hex) => Number.parseInt(hex, 16))
    return parts(await ec.sign(CLAIMS)).with(2, base64url(Uint8Array.of(...half, ...half))).join('.')
  }],
  ['an ES256 signature in DER', async ({ ec }) => parts(await ec.sign(CLAIMS)).with(2, base64url(Uint8Array.of(48, 6, 2, 1, 1, 2, 1, 1))).join('.')],
  ['an ES256 signature with a byte too many', async ({ ec }) => `${await ec.sign(CLAIMS)}AA`],
  ['an Ed25519 signature of zeros', async ({ ed }) => parts(await ed.sign(CLAIMS)).with(2, base64url(new Uint8Array(64))).join('.')],
  ['an RSA signature of zeros', async ({ rsa }) => parts(await rsa.sign(CLAIMS)).with(2, base64url(new Uint8Array(256))).join('.')],
  ['a signature of one byte', async ({ rsa }) => parts(await rsa.sign(CLAIMS)).with(2, 'AA').join('.')],
  ['another payload under a good signature', async ({ rsa }) => parts(await rsa.sign(CLAIMS)).with(1, json({ ...CLAIMS, sub: 'root' })).join('.')],
  ['another header under a good signature', async ({ rsa }) => parts(await rsa.sign(CLAIMS)).with(0, json({ alg: 'RS384', kid: 'rsa' })).join('.')],
  ['two issuers', ({ rsa }) => rsa.sign(`{"iss":"evil","iss":"iss1","aud":"aud1"}`)],
  ['two audiences, the second escaped', ({ rsa }) => rsa.sign(`{"iss":"iss1","aud":"aud2","\\u0061ud":"aud1"}`)],
  ['two members alg', async ({ rsa }) => `${base64url('{"alg":"none","alg":"RS256","kid":"rsa"}')}.${parts(await rsa.sign(CLAIMS)).slice(1).join('.')}`],
  ['the wrong audience', ({ rsa }) => rsa.sign({ ...CLAIMS, aud: 'aud2' })],
  ['an audience that only begins right', ({ rsa }) => rsa.sign({ ...CLAIMS, aud: 'aud1.evil' })],
  ['an issuer that only begins right', ({ rsa }) => rsa.sign({ ...CLAIMS, iss: 'iss1/' })],
  ['an expiry 61 s ago', ({ rsa }) => rsa.sign({ ...CLAIMS, exp: NOW - 61 })],
  ['a beginning in 61 s', ({ rsa }) => rsa.sign({ ...CLAIMS, nbf: NOW + 61 })],
  ['an expiry that is a text', ({ rsa }) => rsa.sign({ ...CLAIMS, exp: String(NOW + 1000) })],
  ['a megabyte', ({ rsa }) => rsa.sign({ ...CLAIMS, x: 'x'.repeat(1 << 20) })],
  ['ten thousand levels', ({ rsa }) => rsa.sign(`{"iss":"iss1","aud":"aud1","x":${'['.repeat(10_000)}${']'.repeat(10_000)}}`)],
  ['a payload that is a list', ({ rsa }) => rsa.sign('["iss1"]')],
  ['a payload that is no UTF-8', async ({ rsa }) => parts(await rsa.sign(CLAIMS)).with(1, base64url(Uint8Array.of(123, 255, 125))).join('.')],
  ['padding', async ({ rsa }) => `${await rsa.sign(CLAIMS)}==`],
  ['a line break', async ({ rsa }) => (await rsa.sign(CLAIMS)).replace('.', '.\t')],
  ['four sections', async ({ rsa }) => `${await rsa.sign(CLAIMS)}.AA`],
  ['empty sections', () => '..'],
  ['an encrypted token', () => `${json({ alg: 'RSA-OAEP', enc: 'A128GCM' })}.AA.AA.AA.AA`],
  ['JSON in place of a token', async ({ rsa }) => JSON.stringify({ payload: parts(await rsa.sign(CLAIMS))[1] })],
] // prettier-ignore

describe('a forged token is refused', () => {
  test.each(ATTACKS)('%s', async (_, forge) => {
    const t = await ask(jwtBench(config), bearer(await forge(world)))
    expect([[401, 403].includes(t.status), t.upstream, t.errors]).toEqual([true, undefined, []])
  })

  test('while those of the three kinds of key pass', async () => {
    const tokens = await Promise.all([world.rsa, world.ec, world.ed].map((issuer) => issuer.sign(CLAIMS)))
    const answers = await Promise.all(tokens.map((token) => ask(jwtBench(config), bearer(token))))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
  })
})

test.each(['ES256', 'ES384', 'ES512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'EdDSA'])(
  'verifies %s, and refuses it with a bit turned',
  async (alg) => {
    const issuer = await Issuer.create(alg)
    const text = await issuer.sign(CLAIMS)
    const keys = parseKeySet(issuer.keys())!
    const verify = async (token: string): Promise<string> => {
      const parsed = parseToken(token)
      return 'message' in parsed ? parsed.message : (await keys.verify(parsed)).message
    }
    const turned = text.replace(
      /\.([^.])([^.]*)$/,
      (_, first: string, rest: string) => `.${first === 'A' ? 'B' : 'A'}${rest}`,
    )
    expect([await verify(text), await verify(turned)]).toEqual(['OK', 'Jwt verification fails'])
  },
)

describe('tokens of the standards', () => {
  test('RFC 7515 A.1, HMAC with SHA-256', async () => {
    const keys =
      '{"keys":[{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}]}'
    const token = parseToken(
      'eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
    )
    expect(token).toMatchObject({ issuer: 'joe', expires: 1_300_819_380, alg: 'HS256' })
    expect((await parseKeySet(keys)!.verify(token as never)).message).toBe('OK')
  })

  test('RFC 7515 A.3, ECDSA with P-256 and SHA-256', async () => {
    const keys =
      '{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}'
    const token = parseToken(
      'eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q',
    )
    expect((await parseKeySet(keys)!.verify(token as never)).message).toBe('OK')
  })
})

test('a scheme that says nothing takes no rule away', async () => {
  const denied = await ask(jwtBench(config), [['x-forwarded-proto', '']])
  expect([denied.status, denied.upstream]).toEqual([401, undefined])
})

test('a key set takes only keys that verify, and nothing secret of them', async () => {
  const issuer = await Issuer.create('RS256')
  const set = (...keys: object[]): unknown => parseKeySet(JSON.stringify({ keys }))
  expect(set({ ...issuer.jwk, use: 'enc' })).toBeUndefined()
  expect(set({ ...issuer.jwk, key_ops: ['encrypt'] })).toBeUndefined()
  expect(set({ ...issuer.jwk, n: undefined })).toBeUndefined()
  expect(set({ kty: '__proto__' }, { kty: 'unknown' })).toBeUndefined()
  expect(set({ kty: 'unknown' }, { ...issuer.jwk, d: 'AA', p: 'AA' })).toBeDefined()
  expect(parseKeySet('{"keys":[],"keys":[]}')).toBeUndefined()
})

test.each([
  ['{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}', true],
  ['{"a":"{\\"a\\":1}","b":",","\\"a":1}', true],
  ['{"a":1,"a":1}', false],
  ['{"a":1,"\\u0061":1}', false],
  ['{"x":{"a":1,"a":1}}', false],
  ['[]', false],
  ['"a"', false],
  ['null', false],
  ['{"a":1,}', false],
])('%s is JSON with one meaning: %s', (text, good) => {
  expect(strictJsonObject(utf8Bytes(text)) !== undefined).toBe(good)
})
