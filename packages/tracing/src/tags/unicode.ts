import { latin1Bytes, utf8Text } from '@nuncio/core'
import { isAscii } from '@nuncio/matching'

/** A header value, where each byte is one character, as the text that it stands for. */
export function unicode(value: string): string {
  return isAscii(value) ? value : utf8Text(latin1Bytes(value))
}
