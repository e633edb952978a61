import { Reader } from './reader.ts'

/** What a ClientHello says that matters for choosing a filter chain. */
export interface ClientHello {
  /** Latin-1 as sent, lower-case; '' = none. */
  readonly serverName: string
  readonly protocols: readonly string[]
  /** The message without its head: what fingerprints are made of. Lent: it may lie in what was read. */
  readonly body: Buffer
}

/** `not-tls`: these bytes begin no well-formed ClientHello. `too-large`: longer than one may be. A number: wait for so many bytes. */
export type HelloReading = ClientHello | 'not-tls' | 'too-large' | number

const HANDSHAKE_RECORD = 22
const CLIENT_HELLO = 1
const SERVER_NAME = 0
const ALPN = 16
const RECORD_HEAD = 5
/** A TLS record's most payload (RFC 8446 section 5.1). */
const MAX_RECORD = 16_384
/** As BoringSSL limits the message. */
export const MAX_CLIENT_HELLO = 16_384
/** With the heads of records, which a client may make as short as it likes. */
export const MAX_CLIENT_HELLO_BYTES = 65_536

/**
 * Reads the ClientHello at the beginning of a connection, which may lie in several records. Takes anything. A caller
 * that waits for as many bytes as it is told asks a few dozen times at most, however the records are cut.
 */
export function readClientHello(data: Buffer): HelloReading {
  const head = walk(data, 4)
  if (head === undefined || (head > 0 && data[RECORD_HEAD] !== CLIENT_HELLO)) return 'not-tls'
  // At least the rest has to come, plus the heads of records that nobody knows yet.
  if (head < 4) return data.length + 4 - head
  const length = 4 + payload(data, 4).readUIntBE(1, 3)
  if (length > MAX_CLIENT_HELLO) return 'too-large'
  const whole = walk(data, length)
  if (whole === undefined) return 'not-tls'
  if (whole < length) return data.length + length - whole
  return parse(payload(data, length).subarray(4)) ?? 'not-tls'
}

/** How much payload the records hold, as far as `enough`; undefined when they are no handshake records. */
function walk(data: Buffer, enough: number): number | undefined {
  let size = 0
  for (let at = 0; size < enough && at < data.length;) {
    if (data[at] !== HANDSHAKE_RECORD || (at + 1 < data.length && data[at + 1] !== 3)) return undefined
    const start = at + RECORD_HEAD
    if (start > data.length) break
    const length = data.readUInt16BE(at + 3)
    if (length === 0 || length > MAX_RECORD) return undefined
    at = start + length
    size += Math.min(at, data.length) - start
  }
  return size
}

/** The first bytes of the records' payload; so many are known to be there. */
function payload(data: Buffer, bytes: number): Buffer {
  const first = data.readUInt16BE(3)
  if (first >= bytes) return data.subarray(RECORD_HEAD, RECORD_HEAD + bytes)
  const out = Buffer.allocUnsafe(bytes)
  for (let at = 0, filled = 0; filled < bytes;) {
    const start = at + RECORD_HEAD
    at = start + data.readUInt16BE(at + 3)
    filled += data.copy(out, filled, start, Math.min(at, start + bytes - filled))
  }
  return out
}

function parse(body: Buffer): ClientHello | undefined {
  const hello = new Reader(body)
  hello.take(2 + 32)
  hello.sub(1)
  hello.sub(2)
  hello.sub(1)
  if (hello.failed) return undefined
  let serverName = ''
  let protocols: string[] = []
  if (hello.done) return { serverName, protocols, body }
  const extensions = hello.sub(2)
  if (hello.failed || !hello.done) return undefined
  const seen = new Set<number>()
  while (!extensions.done) {
    const type = extensions.number(2)
    const content = extensions.sub(2)
    if (extensions.failed || seen.has(type)) return undefined
    seen.add(type)
    if (type === SERVER_NAME) serverName = readServerName(content)
    else if (type === ALPN) protocols = readProtocols(content)
    if (content.failed) return undefined
  }
  return { serverName, protocols, body }
}

/** Exactly one host name, as RFC 6066 has it. */
function readServerName(body: Reader): string {
  const list = body.sub(2)
  const type = list.number(1)
  const name = list.take(list.number(2))
  body.failed ||=
    list.failed || !list.done || !body.done || type !== 0 || name.length === 0 || name.length > 255 || name.includes(0)
  return name.toString('latin1').toLowerCase()
}

function readProtocols(body: Reader): string[] {
  const list = body.sub(2)
  const out: string[] = []
  while (!list.done && !list.failed) {
    const name = list.take(list.number(1))
    if (name.length === 0) list.failed = true
    out.push(name.toString('latin1'))
  }
  body.failed ||= list.failed || !body.done || out.length === 0
  return out
}
