// Writes DER (ITU-T X.690), as far as certificates, revocation lists and OCSP responses need it.

/** A value with its tag and length. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts)
  const length: number[] = []
  for (let rest = body.length; rest > 0; rest = Math.floor(rest / 256)) length.unshift(rest % 256)
  const head = body.length < 128 ? [tag, body.length] : [tag, 128 | length.length, ...length]
  return Buffer.concat([Buffer.from(head), body])
}

export const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts)
export const set = (...parts: readonly Uint8Array[]): Buffer => der(0x31, ...parts)
export const octets = (bytes: Uint8Array): Buffer => der(0x04, bytes)
export const bits = (bytes: Uint8Array, unused = 0): Buffer => der(0x03, Buffer.from([unused]), bytes)
export const boolean = (value: boolean): Buffer => der(0x01, Buffer.from([value ? 255 : 0]))
export const enumerated = (value: number): Buffer => der(0x0a, Buffer.from([value]))
export const utf8 = (text: string): Buffer => der(0x0c, Buffer.from(text))
export const nothing: Buffer = Buffer.from([5, 0])
/** `[n]` around whole values. */
export const explicit = (n: number, ...parts: readonly Uint8Array[]): Buffer => der(0xa0 | n, ...parts)
/** `[n]` in the place of a primitive value's tag. */
export const implicit = (n: number, bytes: Uint8Array): Buffer => der(0x80 | n, bytes)

/** A non-negative integer. */
export function integer(value: number | bigint): Buffer {
  const hex = value.toString(16)
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  return der(0x02, bytes[0]! >= 128 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes)
}

/** `oid('2.5.29.17')` */
export function oid(text: string): Buffer {
  const [first, second, ...rest] = text.split('.').map(Number)
  const bytes = [first! * 40 + second!]
  for (const arc of rest) {
    const digits = [arc % 128]
    for (let more = Math.floor(arc / 128); more > 0; more = Math.floor(more / 128)) digits.unshift(128 | (more % 128))
    bytes.push(...digits)
  }
  return der(0x06, Buffer.from(bytes))
}

/** A point in time, to the second. */
export function time(ms: number): Buffer {
  const text = new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, '')
  return der(0x18, Buffer.from(text))
}

/** As certificates have it: two-digit years until 2049. */
export function certificateTime(ms: number): Buffer {
  const text = new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, '')
  return Number(text.slice(0, 4)) < 2050 ? der(0x17, Buffer.from(text.slice(2))) : time(ms)
}
