import { type HeaderMap, latin1Bytes, utf8Text } from '@nuncio/core'
import { isAscii } from '@nuncio/matching'

/** Bytes as text, which is what CEL compares. */
export function text(bytes: string): string {
  return isAscii(bytes) ? bytes : utf8Text(latin1Bytes(bytes))
}

/** Headers by lower-case name, several of one name in one value; `pseudo` come first. */
export function headersAsMap(headers: HeaderMap | undefined, pseudo: readonly string[]): ReadonlyMap<string, string> {
  const map = new Map<string, string>()
  for (const name of pseudo) {
    const value = headers?.get(name) ?? ''
    if (value !== '') map.set(name, text(value))
  }
  headers?.forEach((line) => {
    const name = line.toLowerCase()
    if (!map.has(name)) map.set(name, text(headers.getJoined(name)!))
  })
  return map
}
