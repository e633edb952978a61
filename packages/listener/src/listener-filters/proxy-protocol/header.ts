import type { SocketAddress, Tlv } from '@nuncio/core'
import { formatIpv6, ipNumber } from '@nuncio/matching'

/** A PROXY protocol header. */
export interface ProxyHeader {
  readonly version: 1 | 2
  /** Bytes of the header itself. */
  readonly length: number
  /** Undefined: the sender speaks for itself (`UNKNOWN`, `LOCAL`), the socket's addresses stand. */
  readonly addresses: { readonly source: SocketAddress; readonly destination: SocketAddress } | undefined
  readonly tlvs: readonly Tlv[]
}

/** Malformed, as far as the version could be told. */
export interface BadProxyHeader {
  readonly version: 1 | 2
  readonly error: string
}

const V1_SIGNATURE = Buffer.from('PROXY ', 'latin1')
const V2_SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
const V2_HEAD = 16
/** Longest version 1 line with its CRLF, as in Envoy (the specification says 107). */
const V1_MAX = 108
export const MAX_PROXY_HEADER = V2_HEAD + 65_535

/** Which version the bytes begin, `none` when neither, `wait` when it cannot be told yet. */
export function proxyVersion(data: Buffer): 1 | 2 | 'none' | 'wait' {
  if (startsLike(data, V1_SIGNATURE)) return data.length < V1_SIGNATURE.length ? 'wait' : 1
  if (startsLike(data, V2_SIGNATURE)) return data.length < V2_HEAD ? 'wait' : 2
  return 'none'
}

function startsLike(data: Buffer, signature: Buffer): boolean {
  const shown = Math.min(data.length, signature.length)
  return signature.compare(data, 0, shown, 0, shown) === 0
}

/** Reads the text form, of which the signature is there. A number: wait for so many bytes. */
export function readV1(data: Buffer): ProxyHeader | BadProxyHeader | number {
  const end = data.subarray(0, V1_MAX).indexOf('\r\n')
  if (end < 0) return data.length >= V1_MAX ? bad(1, 'line too long') : data.length + 1
  const length = end + 2
  const line = data.toString('latin1', 0, end)
  if (line.startsWith('PROXY UNKNOWN')) return { version: 1, length, addresses: undefined, tlvs: [] }
  const [, family, sourceIp = '', destinationIp = '', sourcePort = '', destinationPort = '', ...more] = line.split(' ')
  if ((family !== 'TCP4' && family !== 'TCP6') || more.length > 0) return bad(1, 'malformed line')
  const source = address(sourceIp, sourcePort, family === 'TCP6')
  const destination = address(destinationIp, destinationPort, family === 'TCP6')
  if (source === undefined || destination === undefined) return bad(1, 'malformed address')
  return { version: 1, length, addresses: { source, destination }, tlvs: [] }
}

function address(ip: string, port: string, wide: boolean): SocketAddress | undefined {
  const value = ipNumber(ip)
  if (value === undefined || (typeof value === 'bigint') !== wide || !isUnicast(value)) return undefined
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) return undefined
  return { address: wide ? canonicalIpv6(value as bigint) : ip, port: Number(port) }
}

/** Neither the unspecified address, nor a group, nor the broadcast address. */
function isUnicast(ip: number | bigint): boolean {
  if (typeof ip === 'bigint') return ip !== 0n && ip >> 120n !== 0xffn
  return ip !== 0 && ip !== 0xffffffff && ip >>> 28 !== 0xe
}

function canonicalIpv6(value: bigint): string {
  const bytes = Uint8Array.from({ length: 16 }, (_, i) => Number((value >> BigInt(8 * (15 - i))) & 0xffn))
  return formatIpv6(bytes)
}

const COMMAND_LOCAL = 0x20
const COMMAND_PROXY = 0x21

/** Reads the binary form, of which the first 16 bytes are there. A number: wait for so many bytes. */
export function readV2(data: Buffer): ProxyHeader | BadProxyHeader | number {
  const command = data[12]
  const family = data[13]! >> 4
  const transport = data[13]! & 15
  const length = V2_HEAD + data.readUInt16BE(14)
  if (command !== COMMAND_LOCAL && command !== COMMAND_PROXY) return bad(2, 'unknown version or command')
  if (command === COMMAND_LOCAL)
    return data.length < length ? length : { version: 2, length, addresses: undefined, tlvs: [] }
  const size = family === 1 ? 4 : family === 2 ? 16 : 0
  if (size === 0 || transport < 1 || transport > 2) return bad(2, 'unsupported address family')
  const addressEnd = V2_HEAD + 2 * size + 4
  if (length < addressEnd) return bad(2, 'addresses cut short')
  if (data.length < length) return length
  const ip = (at: number): string => {
    const bytes = data.subarray(at, at + size)
    return size === 4 ? bytes.join('.') : formatIpv6(bytes)
  }
  const ips = [ip(V2_HEAD), ip(V2_HEAD + size)] as const
  if (!ips.every((text) => isUnicast(ipNumber(text)!))) return bad(2, 'malformed address')
  const tlvs = readTlvs(data.subarray(addressEnd, length))
  if (tlvs === undefined) return bad(2, 'malformed TLVs')
  const source = { address: ips[0], port: data.readUInt16BE(addressEnd - 4) }
  const destination = { address: ips[1], port: data.readUInt16BE(addressEnd - 2) }
  return { version: 2, length, addresses: { source, destination }, tlvs }
}

function readTlvs(data: Buffer): Tlv[] | undefined {
  const out: Tlv[] = []
  for (let at = 0; at < data.length;) {
    if (at + 3 > data.length) return undefined
    const end = at + 3 + data.readUInt16BE(at + 1)
    if (end > data.length) return undefined
    // A copy: the buffer it lies in is lent, and may be much larger.
    out.push({ type: data[at]!, value: Uint8Array.from(data.subarray(at + 3, end)) })
    at = end
  }
  return out
}

function bad(version: 1 | 2, error: string): BadProxyHeader {
  return { version, error }
}
