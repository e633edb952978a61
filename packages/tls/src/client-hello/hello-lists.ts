import { Reader } from './reader.ts'

/** Everything that a client says it can do, in its order and without GREASE (RFC 8701). */
export interface HelloLists {
  /** The version of the message itself, such as 0x0303. */
  readonly legacyVersion: number
  readonly ciphers: readonly number[]
  readonly extensions: readonly number[]
  readonly groups: readonly number[]
  readonly pointFormats: readonly number[]
  readonly signatures: readonly number[]
  /** Of `supported_versions`; empty: the client knows no TLS 1.3. */
  readonly versions: readonly number[]
}

const GROUPS = 10
const POINT_FORMATS = 11
const SIGNATURES = 13
const VERSIONS = 43

/** Reads the body of a ClientHello that is well-formed (`readClientHello` has read it). */
export function helloLists(body: Buffer): HelloLists {
  const hello = new Reader(body)
  const legacyVersion = hello.number(2)
  hello.take(32)
  hello.sub(1)
  const ciphers = numbers(hello.sub(2), 2)
  hello.sub(1)
  const contents = hello.done ? new Map<number, Reader>() : extensionsOf(hello.sub(2))
  const list = (type: number, lengthBytes: 1 | 2, itemBytes: 1 | 2): readonly number[] => {
    const content = contents.get(type)
    return content === undefined ? [] : numbers(content.sub(lengthBytes), itemBytes)
  }
  return {
    legacyVersion,
    ciphers,
    extensions: [...contents.keys()].filter(isNoGrease),
    groups: list(GROUPS, 2, 2),
    pointFormats: list(POINT_FORMATS, 1, 1),
    signatures: list(SIGNATURES, 2, 2),
    versions: list(VERSIONS, 1, 2),
  }
}

function extensionsOf(reader: Reader): Map<number, Reader> {
  const out = new Map<number, Reader>()
  while (!reader.done) out.set(reader.number(2), reader.sub(2))
  return out
}

function numbers(reader: Reader, bytes: 1 | 2): readonly number[] {
  const out: number[] = []
  while (!reader.done) out.push(reader.number(bytes))
  return reader.failed ? [] : out.filter(isNoGrease)
}

/** Reserved values look like 0x1a1a, in all places. */
function isNoGrease(value: number): boolean {
  return (value & 0x0f0f) !== 0x0a0a || value >> 8 !== (value & 255)
}
