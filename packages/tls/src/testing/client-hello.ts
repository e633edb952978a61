/** What to put into a ClientHello made by hand. */
export interface HelloParts {
  readonly serverName?: string
  readonly protocols?: readonly string[]
  /** Raw extensions. */
  readonly extensions?: readonly Uint8Array[]
  /** Bytes of a padding extension. */
  readonly padding?: number
}

/** A ClientHello handshake message, well-formed unless its parts are not; no key can be agreed with it. */
export function buildClientHello(parts: HelloParts): Buffer {
  const extensions: Uint8Array[] = []
  if (parts.serverName !== undefined) extensions.push(sni(parts.serverName))
  if (parts.protocols !== undefined) extensions.push(alpn(parts.protocols))
  if (parts.extensions !== undefined) extensions.push(...parts.extensions)
  if (parts.padding !== undefined) extensions.push(extension(21, Buffer.alloc(parts.padding)))
  const fixed = [
    Buffer.from([3, 3]),
    Buffer.alloc(32),
    Buffer.from([0]),
    Buffer.from([0, 2, 0x13, 0x01]),
    Buffer.from([1, 0]),
  ]
  const body = Buffer.concat([...fixed, ...(extensions.length > 0 ? [sized(2, Buffer.concat(extensions))] : [])])
  return Buffer.concat([Buffer.from([1]), sized(3, body)])
}

/** Cuts a handshake message into TLS records of at most so many bytes of it. */
export function records(message: Uint8Array, size = 16_384): Buffer {
  const out: Uint8Array[] = []
  for (let at = 0; at < message.length; at += size)
    out.push(Buffer.from([22, 3, 1]), sized(2, message.subarray(at, at + size)))
  return Buffer.concat(out)
}

export function extension(type: number, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([type >> 8, type & 255]), sized(2, body)])
}

export function sni(name: string): Buffer {
  return extension(0, sized(2, Buffer.concat([Buffer.from([0]), sized(2, Buffer.from(name, 'latin1'))])))
}

function alpn(protocols: readonly string[]): Buffer {
  return extension(16, sized(2, Buffer.concat(protocols.map((protocol) => sized(1, Buffer.from(protocol, 'latin1'))))))
}

function sized(lengthBytes: number, body: Uint8Array): Buffer {
  const out = Buffer.alloc(lengthBytes + body.length)
  out.writeUIntBE(body.length, 0, lengthBytes)
  out.set(body, lengthBytes)
  return out
}
