/** How the check of a token ended: Envoy's number and words, which clients see. */
export interface JwtStatus {
  readonly code: number
  readonly message: string
}

function status(code: number, message: string): JwtStatus {
  return { code, message }
}

export const OK = status(0, 'OK')
export const MISSING = status(1, 'Jwt is missing')
export const NOT_YET_VALID = status(2, 'Jwt not yet valid')
export const EXPIRED = status(3, 'Jwt is expired')
export const BAD_FORMAT = status(4, 'Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections')
export const BAD_HEADER_BASE64 = status(5, 'Jwt header is an invalid Base64url encoded')
export const BAD_HEADER_JSON = status(6, 'Jwt header is an invalid JSON')
export const BAD_ALG = status(7, 'Jwt header [alg] field is required and must be a string')
export const UNKNOWN_ALG = status(8, 'Jwt header [alg] is not supported')
export const BAD_KID = status(9, 'Jwt header [kid] field is not a string')
export const BAD_PAYLOAD_BASE64 = status(10, 'Jwt payload is an invalid Base64url encoded')
export const BAD_PAYLOAD_JSON = status(11, 'Jwt payload is an invalid JSON')
export const BAD_AUD = status(21, 'Jwt payload [aud] field is not a string or string list')
export const BAD_SIGNATURE_BASE64 = status(22, 'Jwt signature is an invalid Base64url encoded')
export const UNKNOWN_ISSUER = status(24, 'Jwt issuer is not configured')
export const WRONG_AUDIENCE = status(25, 'Audiences in Jwt are not allowed')
export const NOT_VERIFIED = status(26, 'Jwt verification fails')
export const NO_KEY = status(32, "Jwks doesn't have key to match kid or alg from Jwt")
export const FETCH_FAILED = status(40, 'Jwks remote fetch is failed')
/** Envoy lets these through; RFC 7515 4.1.11 wants a token refused whose critical extensions are not understood. */
export const CRITICAL = status(8, 'Jwt header [crit] is not supported')

const CLAIM_CODES = { iss: 12, sub: 13, iat: 14, nbf: 16, exp: 18, jti: 20 } as const

export function notText(claim: 'iss' | 'sub' | 'jti'): JwtStatus {
  return status(CLAIM_CODES[claim], `Jwt payload [${claim}] field is not a string`)
}
export function notInteger(claim: 'iat' | 'nbf' | 'exp'): JwtStatus {
  return status(CLAIM_CODES[claim], `Jwt payload [${claim}] field is not an integer`)
}
export function outOfRange(claim: 'iat' | 'nbf' | 'exp'): JwtStatus {
  return status(CLAIM_CODES[claim] + 1, `Jwt payload [${claim}] field is not a positive 64 bit integer`)
}
