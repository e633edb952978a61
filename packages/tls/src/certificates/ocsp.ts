import { derInside, derOid, derTime, derValue, type DerValue } from './der.ts'

/** An OCSP response to staple. */
export interface OcspStaple {
  readonly der: Buffer
  /** Of the certificate that it is about; hexadecimal, lower-case. */
  readonly serial: string
  /** Milliseconds since 1970; Infinity when the response names no end. */
  readonly validToMs: number
}

const BASIC_RESPONSE = '1.3.6.1.5.5.7.48.1.1'

/** Reads a successful OCSP response (RFC 6960) about one certificate; undefined for anything else. Checks no signature: clients do. */
export function readOcspResponse(der: Buffer): OcspStaple | undefined {
  const [status, wrapped] = derInside(derValue(der)) ?? []
  if (status?.tag !== 0x0a || status.body[0] !== 0 || wrapped?.tag !== 0xa0) return undefined
  const [type, response] = derInside(derValue(wrapped.body)) ?? []
  if (derOid(type) !== BASIC_RESPONSE || response?.tag !== 4) return undefined
  const fields = derInside(derInside(derValue(response.body))?.[0]) ?? []
  // Version and responder are tagged; the producing time stands between them and the list of answers.
  const answers = derInside(fields.find((field) => field.tag === 0x30))
  const [id, , , end] = derInside(answers?.[0]) ?? []
  const serial = derInside(id)?.[3]
  if (serial?.tag !== 2) return undefined
  return {
    der,
    serial: hex(serial),
    validToMs: end?.tag === 0xa0 ? derTime(derValue(end.body)) : Number.POSITIVE_INFINITY,
  }
}

/** As Node writes serial numbers: whole bytes, without the zero that keeps a number positive. */
function hex({ body }: DerValue): string {
  return (body.length > 1 && body[0] === 0 ? body.subarray(1) : body).toString('hex')
}
