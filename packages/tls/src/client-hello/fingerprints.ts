import { createHash } from 'node:crypto'
import type { ClientHello } from './client-hello.ts'
import { type HelloLists, helloLists } from './hello-lists.ts'

const SERVER_NAME = 0
const ALPN = 16
const NOTHING = '000000000000'
const VERSIONS: Readonly<Record<number, string>> = {
  0x0304: '13',
  0x0303: '12',
  0x0302: '11',
  0x0301: '10',
  0x0300: 's3',
}

/** JA3: the MD5 of version, ciphers, extensions, groups and point formats, each in the client's order. */
export function ja3(hello: ClientHello): string {
  const { legacyVersion, ciphers, extensions, groups, pointFormats } = helloLists(hello.body)
  const lists = [ciphers, extensions, groups, pointFormats].map((list) => list.join('-'))
  return createHash('md5')
    .update([legacyVersion, ...lists].join(','))
    .digest('hex')
}

/** JA4 of TLS over TCP: counts that can be read, then hashes of the ciphers and of the extensions, sorted. */
export function ja4(hello: ClientHello): string {
  const lists = helloLists(hello.body)
  const { ciphers, extensions } = lists
  const named = extensions.includes(SERVER_NAME) ? 'd' : 'i'
  const counts = `${twoDigits(ciphers.length)}${twoDigits(extensions.length)}`
  return `t${version(lists)}${named}${counts}${protocolOf(hello)}_${cipherPart(lists)}_${extensionPart(lists)}`
}

function version({ versions, legacyVersion }: HelloLists): string {
  return VERSIONS[versions.length === 0 ? legacyVersion : Math.max(...versions)] ?? '00'
}

function twoDigits(count: number): string {
  return String(Math.min(count, 99)).padStart(2, '0')
}

/** First and last character of the first protocol; of its bytes in hexadecimal where one of the two is no letter or digit. */
function protocolOf({ protocols: [first] }: ClientHello): string {
  if (first === undefined) return '00'
  const hex = Buffer.from(first, 'latin1').toString('hex')
  const text = /^[\da-z]$|^[\da-z][^]*[\da-z]$/i.test(first) ? first : hex
  return `${text[0]!}${text.at(-1)!}`
}

function cipherPart({ ciphers }: HelloLists): string {
  return ciphers.length === 0 ? NOTHING : shortHash(sortedHex(ciphers))
}

function extensionPart({ extensions, signatures }: HelloLists): string {
  const told = extensions.filter((type) => type !== SERVER_NAME && type !== ALPN)
  if (told.length === 0) return NOTHING
  const after = signatures.length === 0 ? '' : `_${signatures.map(hex4).join(',')}`
  return shortHash(`${sortedHex(told)}${after}`)
}

function sortedHex(list: readonly number[]): string {
  return list.map(hex4).toSorted().join(',')
}

function hex4(value: number): string {
  return value.toString(16).padStart(4, '0')
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}
