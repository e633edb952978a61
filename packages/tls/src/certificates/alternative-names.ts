import { formatIpv6 } from '@nuncio/matching'
import { derInside, derOid, derValue, type DerValue, derValues } from './der.ts'

export type NameKind = 'OTHER_NAME' | 'EMAIL' | 'DNS' | 'URI' | 'IP_ADDRESS'

/** A subject alternative name of a certificate. */
export interface AlternativeName {
  readonly kind: NameKind
  /** Latin-1; IP addresses in their usual text form. */
  readonly value: string
  /** Of an `otherName`, else ''. */
  readonly oid: string
}

const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17'
const KINDS: readonly (NameKind | undefined)[] = [
  'OTHER_NAME',
  'EMAIL',
  'DNS',
  undefined,
  undefined,
  undefined,
  'URI',
  'IP_ADDRESS',
]

/**
 * The alternative names of a certificate (DER), read from its bytes: a text form of all of them leaves doubt where one
 * ends. Names with control characters or a NUL are left out, so that they match nothing.
 */
export function alternativeNames(certificate: Buffer): AlternativeName[] {
  const body = extensionBody(certificate, SUBJECT_ALTERNATIVE_NAME)
  const names = body === undefined ? undefined : derInside(derValue(body))
  return (names ?? []).map(readName).filter((name) => name !== undefined)
}

/** The contents of an extension of a certificate (DER). */
export function extensionBody(certificate: Buffer, id: string): Buffer | undefined {
  const fields = derInside(derInside(derValue(certificate))?.[0])
  const list = fields?.find((field) => field.tag === 0xa3)
  const extensions = list === undefined ? undefined : derInside(derValue(list.body))
  const found = extensions?.map((one) => derInside(one)).find((parts) => derOid(parts?.[0]) === id)
  const last = found?.at(-1)
  return last?.tag === 4 ? last.body : undefined
}

function readName({ tag, body }: DerValue): AlternativeName | undefined {
  const kind = KINDS[tag & 31]
  if (kind === undefined) return undefined
  if (kind === 'IP_ADDRESS') {
    const value = body.length === 4 ? body.join('.') : body.length === 16 ? formatIpv6(body) : ''
    return value === '' ? undefined : { kind, value, oid: '' }
  }
  if (kind !== 'OTHER_NAME') return plain(kind, body, '')
  const [id, wrapped] = derValues(body) ?? []
  const value = wrapped === undefined ? undefined : derValue(wrapped.body)
  return value === undefined ? undefined : plain(kind, value.body, derOid(id))
}

function plain(kind: NameKind, bytes: Buffer, oid: string): AlternativeName | undefined {
  const clean = bytes.length > 0 && bytes.every((byte) => byte >= 32 && byte !== 127)
  return clean ? { kind, value: bytes.toString('latin1'), oid } : undefined
}
