import { isNull, type Node, nodeOf } from '../tree/node.ts'
import type { ShortForm } from './short-form.ts'

/** `":9001"`, `"host:port"`, `"[::1]:80"` and `"unix:/path"` where an address is expected. */
export const addressText: ShortForm = (node, context) => {
  if (node.kind !== 'scalar' || isNull(node)) return node
  const value = addressOf(node.text, defaultHost(context.path))
  if (!value) return node
  const replacement = nodeOf(value, node.offset)
  context.say(node.offset, `${JSON.stringify(node.text)} stands for an address`, canonicalText(value))
  context.note({ op: 'set', path: context.path, value: replacement })
  return replacement
}

/** Listeners are for everyone; the admin page and upstream hosts without a name are on this machine. */
function defaultHost(path: readonly (string | number)[]): string {
  return path[0] === 'admin' || path.includes('endpoint') || path.includes('hosts') ? '127.0.0.1' : '0.0.0.0'
}

interface SocketAddressText {
  readonly socket_address: { readonly address: string; readonly port_value: number }
}
interface PipeText {
  readonly pipe: { readonly path: string }
}

const HOST_PORT = /^(?:tcp:\/\/)?(\[[\da-fA-F:.%\w]+\]|[^:\s/[\]]*):(\d{1,5})$/

function addressOf(text: string, host: string): SocketAddressText | PipeText | undefined {
  const pipe = /^unix:(?:\/\/)?([/@].*)$/.exec(text)
  if (pipe) return { pipe: { path: pipe[1]! } }
  const match = HOST_PORT.exec(text)
  if (!match || Number(match[2]) > 65_535) return undefined
  const name = match[1]!.replace(/^\[|\]$/g, '')
  return { socket_address: { address: name === '' ? host : name, port_value: Number(match[2]) } }
}

function canonicalText(value: SocketAddressText | PipeText): string {
  if ('pipe' in value) return `pipe: { path: ${value.pipe.path} }`
  const { address, port_value: port } = value.socket_address
  return `socket_address: { address: ${address.includes(':') ? `"${address}"` : address}, port_value: ${port} }`
}

/** An address as an `Address` message would write it; undefined when the node is neither. */
export function asAddress(node: Node): Node | undefined {
  if (node.kind === 'map') return node
  const value = node.kind === 'scalar' ? addressOf(node.text, '127.0.0.1') : undefined
  return value && nodeOf(value, node.offset)
}
