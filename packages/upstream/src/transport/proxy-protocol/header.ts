import type { ProxiedConnection } from '@nuncio/cluster'
import type { SocketAddress, Tlv } from '@nuncio/core'
import { isIPv4, isIPv6 } from 'node:net'

type Ends = Pick<ProxiedConnection, 'source' | 'destination'>

const SIGNATURE = Buffer.from([13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10])

/** The header line of version 1; `UNKNOWN` when there is no IP connection to tell of. */
export function proxyHeaderV1(connection: Ends | undefined): Buffer {
  const ends = connection && sameFamily(connection)
  if (ends === undefined) return Buffer.from('PROXY UNKNOWN\r\n', 'latin1')
  const family = isIPv4(ends.source.address) ? 'TCP4' : 'TCP6'
  const { source, destination } = ends
  return Buffer.from(
    `PROXY ${family} ${source.address} ${destination.address} ${source.port} ${destination.port}\r\n`,
    'latin1',
  )
}

/** What a header's length field can say, less the addresses. */
const MAX_TLVS = 65_535 - 36

/**
 * The header of version 2; `LOCAL` when there is no IP connection to tell of. TLVs that do not fit are left out, from the
 * first that does not.
 */
export function proxyHeaderV2(connection: Ends | undefined, tlvs: readonly Tlv[] = []): Buffer {
  const ends = connection && sameFamily(connection)
  if (ends === undefined) return Buffer.concat([SIGNATURE, Buffer.from([0x20, 0, 0, 0])])
  const rest = Buffer.concat([
    ipBytes(ends.source.address),
    ipBytes(ends.destination.address),
    ports(ends),
    tlvBytes(tlvs),
  ])
  const head = Buffer.from([0x21, isIPv4(ends.source.address) ? 0x11 : 0x21, rest.length >> 8, rest.length & 255])
  return Buffer.concat([SIGNATURE, head, rest])
}

function tlvBytes(tlvs: readonly Tlv[]): Buffer {
  const parts: Uint8Array[] = []
  let size = 0
  for (const { type, value } of tlvs) {
    size += 3 + value.length
    if (size > MAX_TLVS) break
    parts.push(Buffer.from([type, value.length >> 8, value.length & 255]), value)
  }
  return Buffer.concat(parts)
}

function ports({ source, destination }: Ends): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt16BE(source.port, 0)
  bytes.writeUInt16BE(destination.port, 2)
  return bytes
}

/** Both ends in one address family; IPv4 among IPv6 becomes a mapped address. */
function sameFamily(connection: Ends): Ends | undefined {
  const { source, destination } = connection
  const four = [isIPv4(source.address), isIPv4(destination.address)]
  const six = [isIPv6(source.address), isIPv6(destination.address)]
  if (four[0] === true && four[1] === true) return connection
  if ((four[0] !== true && six[0] !== true) || (four[1] !== true && six[1] !== true)) return undefined
  return { source: mapped(source, four[0]), destination: mapped(destination, four[1]) }
}

function mapped(end: SocketAddress, isFour: boolean | undefined): SocketAddress {
  return isFour === true ? { address: `::ffff:${end.address}`, port: end.port } : end
}

/** The 4 or 16 bytes of an IP address. */
export function ipBytes(ip: string): Buffer {
  if (isIPv4(ip)) return Buffer.from(ip.split('.').map(Number))
  const plain = ip
    .replace(/%.*$/, '')
    .replace(
      /(\d+)\.(\d+)\.(\d+)\.(\d+)$/,
      (_, ...bytes: string[]) => `${word(bytes[0]!, bytes[1]!)}:${word(bytes[2]!, bytes[3]!)}`,
    )
  const [before = '', after] = plain.split('::')
  const head = words(before)
  const tail = words(after)
  const bytes = Buffer.alloc(16)
  head.forEach((group, i) => bytes.writeUInt16BE(group, i * 2))
  tail.forEach((group, i) => bytes.writeUInt16BE(group, (8 - tail.length + i) * 2))
  return bytes
}

/** Two bytes in decimal as a group of an IPv6 address. */
function word(high: string, low: string): string {
  return ((Number(high) << 8) | Number(low)).toString(16)
}

function words(part: string | undefined): number[] {
  return part ? part.split(':').map((group) => Number.parseInt(group, 16)) : []
}
