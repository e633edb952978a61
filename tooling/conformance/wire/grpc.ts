import { decode, encode, load, type MessageName, toJson } from '@nuncio/config'
import type { Tree } from '../model/document.ts'
import { isTree } from '../model/trees.ts'

const HEAD = 5

/** A message in its frame, as Latin-1 text; throws for one that the type does not allow. */
export function grpcFrame(type: string, message: Tree): string {
  const { config, problems } = load(type as MessageName, JSON.stringify(message))
  if (config === undefined) throw new Error(`no ${type}: ${problems.map((problem) => problem.message).join('; ')}`)
  const bytes = Buffer.from(encode(type as MessageName, config))
  const head = Buffer.alloc(HEAD)
  head.writeUInt32BE(bytes.length, 1)
  return Buffer.concat([head, bytes]).toString('latin1')
}

/** The first message of a body as JSON, an address as one text; undefined when it is none of the type. */
export function grpcMessage(type: string, latin1: string): unknown {
  const bytes = Buffer.from(latin1, 'latin1')
  if (bytes.length < HEAD) return undefined
  const message = decode(type as MessageName, bytes.subarray(HEAD, HEAD + bytes.readUInt32BE(1)))
  return message === undefined ? undefined : addresses(toJson(type as MessageName, message))
}

function addresses(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => addresses(each))
  if (!isTree(value)) return value
  const { address, port_value } = value
  if (typeof address === 'string' && typeof port_value === 'number') return `${address}:${port_value}`
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, addresses(each)]))
}
