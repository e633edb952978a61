import { latin1Bytes, latin1Text } from '@nuncio/core'

// Envoy's cookie is a protobuf message: address = 1, a string; expires = 2, seconds as a varint.

const ADDRESS_TAG = 0x0a
const EXPIRES_TAG = 0x10

export interface SessionCookie {
  readonly address: string
  /** Seconds since 1970; 0 = never. */
  readonly expires: number
}

export function encodeCookie({ address, expires }: SessionCookie): Uint8Array {
  const out = [ADDRESS_TAG, ...varint(address.length), ...latin1Bytes(address)]
  if (expires > 0) out.push(EXPIRES_TAG, ...varint(expires))
  return Uint8Array.from(out)
}

/** Undefined when the bytes are no such message. */
export function decodeCookie(bytes: Uint8Array): SessionCookie | undefined {
  let at = 0
  let address = ''
  let expires = 0
  const number = (): number => {
    let value = 0
    for (let factor = 1; factor < 2 ** 49; factor *= 128) {
      const byte = bytes[at++]
      if (byte === undefined) return NaN
      value += (byte & 127) * factor
      if (byte < 128) return value
    }
    return NaN
  }
  while (at < bytes.length) {
    const tag = bytes[at++]!
    const value = number()
    if (Number.isNaN(value) || (tag !== ADDRESS_TAG && tag !== EXPIRES_TAG)) return undefined
    if (tag === EXPIRES_TAG) {
      expires = value
      continue
    }
    if (value > bytes.length - at) return undefined
    address = latin1Text(bytes.subarray(at, at + value))
    at += value
  }
  return { address, expires }
}

function varint(value: number): number[] {
  const out: number[] = []
  let rest = value
  for (; rest >= 128; rest = Math.floor(rest / 128)) out.push((rest % 128) | 128)
  return [...out, rest]
}
