import { createHmac } from 'node:crypto'

const KEY = 'a key that the generator and both proxies know'
const base64 = (text: string): string => Buffer.from(text).toString('base64url')

/** The key set that tokens are checked with. */
export const JWKS = JSON.stringify({ keys: [{ kty: 'oct', kid: 'h', alg: 'HS256', k: base64(KEY) }] })

function token(claims: Readonly<Record<string, unknown>>, key = KEY): string {
  const signed = `${base64(JSON.stringify({ alg: 'HS256', kid: 'h' }))}.${base64(JSON.stringify(claims))}`
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`
}

/** Good ones of two issuers, with and without an audience, one that has expired, and one of another key. */
export const TOKENS: readonly string[] = [
  token({ iss: 'i.test', sub: 'me' }),
  token({ iss: 'i.test', sub: 'me', aud: ['one', 'two'] }),
  token({ iss: 'o.test', sub: 'you', aud: 'one' }),
  token({ iss: 'i.test', sub: 'me', exp: 1_000_000_000 }),
  token({ iss: 'i.test', sub: 'me' }, 'another key'),
  'nonsense',
]
