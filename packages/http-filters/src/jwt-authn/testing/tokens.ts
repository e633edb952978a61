import { base64, utf8Bytes } from '@nuncio/core'
import { CompactSign, exportJWK, generateKeyPair, type CryptoKey, type JWK } from 'jose'

/** Base64 as tokens have it. */
export function base64url(data: string | Uint8Array): string {
  const bytes = typeof data === 'string' ? utf8Bytes(data) : data
  return base64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** Whoever signs tokens in a test. */
export class Issuer {
  readonly kid: string
  readonly alg: string
  readonly key: CryptoKey
  readonly jwk: JWK

  private constructor(alg: string, kid: string, key: CryptoKey, jwk: JWK) {
    this.alg = alg
    this.kid = kid
    this.key = key
    this.jwk = jwk
  }

  static async create(alg: string, kid = 'k1'): Promise<Issuer> {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
    return new Issuer(alg, kid, privateKey, { ...(await exportJWK(publicKey)), kid, alg })
  }

  /** A JWK set with this key alone; `changes` to it. */
  keys(changes: object = {}): string {
    return JSON.stringify({ keys: [{ ...this.jwk, ...changes }] })
  }

  /** Signs claims, or any text in their place. Header members may be changed, or left out with undefined. */
  async sign(claims: object | string, header: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const payload = typeof claims === 'string' ? claims : JSON.stringify(claims)
    return await new CompactSign(utf8Bytes(payload))
      .setProtectedHeader({ alg: this.alg, kid: this.kid, ...header })
      .sign(this.key, { crit: { 'x-unknown': true, b64: true } })
  }
}
