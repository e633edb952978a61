import { utf8Bytes } from '@nuncio/core'
import { compactVerify, importJWK, type CryptoKey, type JWK } from 'jose'
import { type JwtStatus, NO_KEY, NOT_VERIFIED, OK } from './status.ts'
import { strictJsonObject } from './strict-json.ts'
import type { Token } from './token.ts'

/** The members of a JWK that make a public key (or a secret one); whatever else stands in it is not handed on. */
const MEMBERS = {
  RSA: ['n', 'e'],
  EC: ['crv', 'x', 'y'],
  OKP: ['crv', 'x'],
  oct: ['k'],
} as const

type KeyType = keyof typeof MEMBERS

class VerificationKey {
  readonly kid: string | undefined
  readonly alg: string | undefined
  readonly #type: KeyType
  readonly #jwk: JWK
  readonly #imported = new Map<string, Promise<CryptoKey | Uint8Array>>()

  constructor(type: KeyType, jwk: Readonly<Record<string, unknown>>) {
    this.kid = textOf(jwk['kid'])
    this.alg = textOf(jwk['alg'])
    this.#type = type
    this.#jwk = { kty: type, ...Object.fromEntries(MEMBERS[type].map((name) => [name, jwk[name]])) }
  }

  /** Whether a token that says so could be signed by this key: what one of the two does not say is no obstacle. */
  isMeant({ kid, alg }: Token): boolean {
    return (
      (kid === undefined || this.kid === undefined || kid === this.kid) && (this.alg === undefined || alg === this.alg)
    )
  }

  async verifies(token: Token): Promise<boolean> {
    // The key says what it is for. A public key is never a secret, whatever the token says (algorithm confusion).
    if (typeOf(token.alg) !== this.#type) return false
    try {
      let key = this.#imported.get(token.alg)
      if (key === undefined) this.#imported.set(token.alg, (key = importJWK(this.#jwk, token.alg)))
      await compactVerify(token.text, await key, { algorithms: [token.alg] })
      return true
    } catch {
      return false
    }
  }
}

function typeOf(alg: string): KeyType {
  const family = alg.slice(0, 2)
  return family === 'HS' ? 'oct' : family === 'ES' ? 'EC' : family === 'Ed' ? 'OKP' : 'RSA'
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The keys of an issuer at a time. What was verified with them is good as long as they are. */
export class KeySet {
  readonly #keys: readonly VerificationKey[]
  /** Tokens that were verified, the one that was used longest ago first. */
  readonly #verified = new Map<string, Token>()
  readonly #cacheSize: number

  constructor(keys: readonly VerificationKey[], cacheSize: number) {
    this.#keys = keys
    this.#cacheSize = cacheSize
  }

  /** A token that was verified before, if it is still remembered. */
  remembered(text: string): Token | undefined {
    const token = this.#verified.get(text)
    if (token === undefined) return undefined
    this.#verified.delete(text)
    this.#verified.set(text, token)
    return token
  }

  remember(token: Token): void {
    if (this.#cacheSize === 0) return
    this.#verified.set(token.text, token)
    if (this.#verified.size <= this.#cacheSize) return
    for (const oldest of this.#verified.keys()) {
      this.#verified.delete(oldest)
      return
    }
  }

  /** Whether one of the keys that are meant signed it. */
  async verify(token: Token): Promise<JwtStatus> {
    const meant = this.#keys.filter((key) => key.isMeant(token))
    if (meant.length === 0) return NO_KEY
    const verified = await Promise.all(meant.map((key) => key.verifies(token)))
    return verified.includes(true) ? OK : NOT_VERIFIED
  }
}

/** Reads a JWK set; undefined when it is none, or has no key that verifies. Keys that are not understood are left out. */
export function parseKeySet(text: Uint8Array | string, cacheSize = 0): KeySet | undefined {
  const keys = strictJsonObject(typeof text === 'string' ? utf8Bytes(text) : text)?.['keys']
  if (!Array.isArray(keys)) return undefined
  const usable = keys.flatMap((jwk: unknown) => keyOf(jwk) ?? [])
  return usable.length === 0 ? undefined : new KeySet(usable, cacheSize)
}

function keyOf(jwk: unknown): VerificationKey | undefined {
  if (typeof jwk !== 'object' || jwk === null) return undefined
  const { kty, use, key_ops: operations, ...rest } = jwk as Readonly<Record<string, unknown>>
  if (typeof kty !== 'string' || !Object.hasOwn(MEMBERS, kty)) return undefined
  if (use !== undefined && use !== 'sig') return undefined
  if (Array.isArray(operations) && !operations.includes('verify')) return undefined
  const type = kty as KeyType
  return MEMBERS[type].every((name) => typeof rest[name] === 'string') ? new VerificationKey(type, rest) : undefined
}
