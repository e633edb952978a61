import { fromBase64 } from '@nuncio/core'
import {
  BAD_ALG,
  BAD_AUD,
  BAD_FORMAT,
  BAD_HEADER_BASE64,
  BAD_HEADER_JSON,
  BAD_KID,
  BAD_PAYLOAD_BASE64,
  BAD_PAYLOAD_JSON,
  BAD_SIGNATURE_BASE64,
  CRITICAL,
  EXPIRED,
  type JwtStatus,
  NOT_YET_VALID,
  notInteger,
  notText,
  OK,
  outOfRange,
  UNKNOWN_ALG,
} from './status.ts'
import { type JsonObject, strictJsonObject } from './strict-json.ts'

/** A token that was read and not verified. */
export interface Token {
  readonly text: string
  readonly header: JsonObject
  readonly payload: JsonObject
  /** The payload as it stands in the token. */
  readonly payloadText: string
  readonly alg: string
  /** undefined = none. */
  readonly kid: string | undefined
  /** '' = none. */
  readonly issuer: string
  readonly subject: string
  readonly audiences: readonly string[]
  /** Unix seconds. */
  readonly expires: number | undefined
  readonly notBefore: number | undefined
}

const ALGORITHMS = new Set([
  'ES256', 'ES384', 'ES512', 'HS256', 'HS384', 'HS512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'EdDSA',
]) // prettier-ignore

/** Longer ones are not read: a header or a query that is allowed to be large is no reason to parse all of it. */
const MAX_LENGTH = 1 << 16

/** Reads a token in compact form; a status says what is wrong with it. */
export function parseToken(text: string): Token | JwtStatus {
  const sections = text.length > MAX_LENGTH ? [] : text.split('.')
  if (sections.length !== 3 || sections.includes('')) return BAD_FORMAT
  const [headerText, payloadText, signature] = sections as [string, string, string]
  const headerBytes = bytesOf(headerText)
  if (headerBytes === undefined) return BAD_HEADER_BASE64
  const header = strictJsonObject(headerBytes)
  if (header === undefined) return BAD_HEADER_JSON
  const { alg, kid } = header
  if (typeof alg !== 'string') return BAD_ALG
  if (!ALGORITHMS.has(alg)) return UNKNOWN_ALG
  if (kid !== undefined && typeof kid !== 'string') return BAD_KID
  if (header['crit'] !== undefined) return CRITICAL
  const payloadBytes = bytesOf(payloadText)
  if (payloadBytes === undefined) return BAD_PAYLOAD_BASE64
  const payload = strictJsonObject(payloadBytes)
  if (payload === undefined) return BAD_PAYLOAD_JSON
  const claims = claimsOf(payload)
  if ('message' in claims) return claims
  if (bytesOf(signature) === undefined) return BAD_SIGNATURE_BASE64
  return { text, header, payload, payloadText, alg, kid, ...claims }
}

function bytesOf(section: string): Uint8Array | undefined {
  return /^[A-Za-z0-9_-]+$/.test(section) ? fromBase64(section) : undefined
}

type Claims = Pick<Token, 'issuer' | 'subject' | 'audiences' | 'expires' | 'notBefore'>

function claimsOf(payload: JsonObject): Claims | JwtStatus {
  for (const claim of ['iss', 'sub', 'jti'] as const)
    if (payload[claim] !== undefined && typeof payload[claim] !== 'string') return notText(claim)
  for (const claim of ['iat', 'nbf', 'exp'] as const) {
    const value = payload[claim]
    if (value === undefined) continue
    if (typeof value !== 'number') return notInteger(claim)
    if (value < 0 || value >= 2 ** 63) return outOfRange(claim)
  }
  const { aud } = payload
  const audiences = aud === undefined ? [] : Array.isArray(aud) ? aud : [aud]
  if (!audiences.every((one) => typeof one === 'string')) return BAD_AUD
  return {
    issuer: (payload['iss'] as string | undefined) ?? '',
    subject: (payload['sub'] as string | undefined) ?? '',
    audiences,
    expires: payload['exp'] as number | undefined,
    notBefore: payload['nbf'] as number | undefined,
  }
}

/** Whether a token may be used now, give or take some seconds. */
export function checkTime({ expires, notBefore }: Token, nowSeconds: number, skewSeconds: number): JwtStatus {
  if (notBefore !== undefined && Math.floor(notBefore) > nowSeconds + skewSeconds) return NOT_YET_VALID
  if (expires !== undefined && nowSeconds > Math.floor(expires) + skewSeconds) return EXPIRED
  return OK
}
