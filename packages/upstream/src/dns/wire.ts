import { isIP } from 'node:net'
import { decode, type DecodedPacket, encode, RECURSION_DESIRED } from 'dns-packet'
import type { DnsAddress } from './dns-resolver.ts'

/** What an answer says: see `OnRecords`. */
export interface Records {
  readonly code: string
  readonly addresses: readonly DnsAddress[]
}

const TYPES = { 4: 'A', 6: 'AAAA' } as const

/** Codes of c-ares for the response codes of RFC 1035 4.1.1. */
const CODES: Readonly<Record<string, string>> = {
  FORMERR: 'EFORMERR',
  SERVFAIL: 'ESERVFAIL',
  NXDOMAIN: 'ENOTFOUND',
  NOTIMP: 'ENOTIMP',
  REFUSED: 'EREFUSED',
}

/** A question for the addresses of a name; undefined when the name cannot be put into one (RFC 1035 2.3.4). */
export function encodeQuestion(id: number, name: string, family: 4 | 6): Buffer | undefined {
  const fits = name.length <= 253 && name.split('.').every((label) => /^[\x21-\x7e]{1,63}$/.test(label))
  if (!fits) return undefined
  return encode({ type: 'query', id, flags: RECURSION_DESIRED, questions: [{ type: TYPES[family], name }] })
}

/** The addresses in an answer to a question; `EBADRESP` when it is not one. */
export function readRecords(message: Buffer, question: Buffer): Records {
  const answer = read(message)
  const asked = read(question)?.questions?.[0]
  const [echoed] = answer?.questions ?? []
  const same = echoed?.type === asked?.type && echoed?.name.toLowerCase() === asked?.name.toLowerCase()
  const ours = answer?.type === 'response' && message.readUInt16BE(0) === question.readUInt16BE(0)
  if (answer === undefined || !same || !ours) return none('EBADRESP')
  if (answer.rcode !== 'NOERROR') return none(CODES[answer.rcode] ?? 'EBADRESP')
  const addresses: DnsAddress[] = []
  // A name that is another's holds no longer than it is that other's.
  let aliasTtl = Number.POSITIVE_INFINITY
  for (const record of answer.answers ?? []) {
    if (record.type === 'CNAME') aliasTtl = Math.min(aliasTtl, record.ttl ?? 0)
    if ((record.type !== 'A' && record.type !== 'AAAA') || record.type !== asked?.type) continue
    if (isIP(record.data) !== 0) addresses.push({ ip: record.data, ttlMs: Math.min(record.ttl ?? 0, aliasTtl) * 1000 })
  }
  return addresses.length === 0 ? none('ENODATA') : { code: '', addresses }
}

function none(code: string): Records {
  return { code, addresses: [] }
}

function read(message: Buffer): (DecodedPacket & { readonly rcode: string }) | undefined {
  try {
    return decode(message) as DecodedPacket & { readonly rcode: string }
  } catch {
    return undefined
  }
}
