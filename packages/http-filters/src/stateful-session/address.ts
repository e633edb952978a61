import { base64, fromBase64, latin1Bytes, latin1Text } from '@nuncio/core'

/** An address as sessions carry it. */
export function encodeAddress(address: string): string {
  return base64(latin1Bytes(address))
}

/** The text behind base64; '' when it is none. */
export function decodeText(text: string): string {
  const bytes = fromBase64(text)
  return bytes === undefined ? '' : latin1Text(bytes)
}
