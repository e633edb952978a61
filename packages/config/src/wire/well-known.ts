import { timestampText } from '../check/timestamp.ts'
import type { Kind, ValueType } from '../schema/field-type.ts'
import { listNode, mapNode, type MapNode, type Node, scalarNode } from '../tree/node.ts'
import { FORBIDDEN_KEYS } from '../parse/limits.ts'
import { Malformed, WireReader } from './reader.ts'
import { CHUNK, scalarText, wireTypeOf } from './scalars.ts'

const NOWHERE = -1
const MAX_DEPTH = 100

/** A message of `google.protobuf` as YAML would write it. */
export function decodeWellKnown(type: ValueType, bytes: Uint8Array, depth: number): Node {
  if (type.wrapper) return wrapped(type.scalar, bytes)
  return DECODERS[type.kind]?.(bytes, depth) ?? mapNode(NOWHERE)
}

const DECODERS: Readonly<Partial<Record<Kind, (bytes: Uint8Array, depth: number) => Node>>> = {
  duration: (bytes) => scalarNode(NOWHERE, durationText(bytes), true),
  timestamp: (bytes) => {
    const [seconds, nanos] = secondsAndNanos(bytes)
    return scalarNode(NOWHERE, timestampText(Number(seconds) * 1000 + nanos / 1e6), true)
  },
  struct,
  value,
  'list-value': list,
  'field-mask': (bytes) => scalarNode(NOWHERE, strings(bytes).join(','), false),
}

function wrapped(scalar: string, bytes: Uint8Array): Node {
  const reader = new WireReader(bytes)
  const plain = scalar !== 'string' && scalar !== 'bytes'
  let text = scalar === 'bool' ? 'false' : plain ? '0' : ''
  while (!reader.done) {
    const tag = reader.varint()
    if (tag === 8 + wireTypeOf(scalar)) text = scalarText(scalar, reader)
    else reader.skip(tag % 8)
  }
  return scalarNode(NOWHERE, text, plain)
}

function secondsAndNanos(bytes: Uint8Array): [seconds: bigint, nanos: number] {
  const reader = new WireReader(bytes)
  let seconds = 0n
  let nanos = 0
  while (!reader.done) {
    const tag = reader.varint()
    if (tag === 8) seconds = BigInt.asIntN(64, reader.varint64())
    else if (tag === 16) nanos = Number(BigInt.asIntN(32, reader.varint64()))
    else reader.skip(tag % 8)
  }
  return [seconds, nanos]
}

function durationText(bytes: Uint8Array): string {
  const [seconds, nanos] = secondsAndNanos(bytes)
  const fraction = String(Math.abs(nanos)).padStart(9, '0').replace(/0+$/, '')
  const sign = seconds < 0n || nanos < 0 ? '-' : ''
  return `${sign}${seconds < 0n ? -seconds : seconds}${fraction === '' ? '' : `.${fraction}`}s`
}

/** The chunks of one field number; everything else is skipped. */
function chunks(bytes: Uint8Array, tagWanted: number): Uint8Array[] {
  const reader = new WireReader(bytes)
  const found: Uint8Array[] = []
  while (!reader.done) {
    const tag = reader.varint()
    if (tag === tagWanted) found.push(reader.chunk())
    else reader.skip(tag % 8)
  }
  return found
}

function strings(bytes: Uint8Array): string[] {
  const reader = new WireReader(bytes)
  const found: string[] = []
  while (!reader.done) {
    const tag = reader.varint()
    if (tag === 10) found.push(reader.text())
    else reader.skip(tag % 8)
  }
  return found
}

function struct(bytes: Uint8Array, depth: number): Node {
  if (depth > MAX_DEPTH) throw new Malformed('values are nested too deeply')
  const map = mapNode(NOWHERE)
  const keys = new Map<string, Node>()
  for (const entry of chunks(bytes, 10)) {
    const reader = new WireReader(entry)
    let key = ''
    let held: Node = scalarNode(NOWHERE, '', true)
    while (!reader.done) {
      const tag = reader.varint()
      if (tag === 10) key = reader.text()
      else if (tag === 18) held = value(reader.chunk(), depth + 1)
      else reader.skip(tag % 8)
    }
    keys.set(key, held)
  }
  for (const [key, held] of keys) addKey(map, key, held)
  return map
}

function addKey(map: MapNode, key: string, held: Node): void {
  if (FORBIDDEN_KEYS.has(key)) throw new Malformed(`"${key}" may not be used as a key`)
  map.entries.push({ key, keyOffset: NOWHERE, value: held })
}

function list(bytes: Uint8Array, depth: number): Node {
  if (depth > MAX_DEPTH) throw new Malformed('values are nested too deeply')
  return listNode(
    NOWHERE,
    chunks(bytes, 10).map((item) => value(item, depth + 1)),
  )
}

function value(bytes: Uint8Array, depth: number): Node {
  const reader = new WireReader(bytes)
  let node: Node = scalarNode(NOWHERE, 'null', true)
  while (!reader.done) {
    const tag = reader.varint()
    if (tag === 8) {
      reader.varint()
      node = scalarNode(NOWHERE, 'null', true)
    } else if (tag === 17) node = scalarNode(NOWHERE, String(reader.fixed64('double')), true)
    else if (tag === 26) node = scalarNode(NOWHERE, reader.text(), false)
    else if (tag === 32) node = scalarNode(NOWHERE, scalarText('bool', reader), true)
    else if (tag % 8 === CHUNK && tag === 42) node = struct(reader.chunk(), depth + 1)
    else if (tag === 50) node = list(reader.chunk(), depth + 1)
    else reader.skip(tag % 8)
  }
  return node
}
