import { fromBase64, latin1Text } from '@nuncio/core'

const EMPTY = new Uint8Array(0)

/** Base64 that comes in pieces. Clients pad each message for itself, so that padding may stand in the middle. */
export class Base64Decoder {
  /** Characters of a group that is not complete; at most three. */
  #rest = ''

  /** The bytes of the groups that are complete now, or what is wrong: they are no base64, or the end breaks one off. */
  decode(chunk: Uint8Array, end: boolean): Uint8Array | 'bad' | 'bad size' {
    const text = this.#rest + latin1Text(chunk)
    const whole = text.length - (text.length % 4)
    this.#rest = text.slice(whole)
    if (end && this.#rest !== '') return 'bad size'
    return decodeGroups(text.slice(0, whole)) ?? 'bad'
  }
}

function decodeGroups(text: string): Uint8Array | undefined {
  const parts: Uint8Array[] = []
  for (let from = 0; from < text.length;) {
    const pad = text.indexOf('=', from)
    const end = pad < 0 ? text.length : pad + 4 - (pad % 4)
    const bytes = fromBase64(text.slice(from, end))
    if (bytes === undefined) return undefined
    parts.push(bytes)
    from = end
  }
  return parts.length < 2 ? (parts[0] ?? EMPTY) : joined(parts)
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}
