import type { Message } from '@nuncio/config'
import { fromBase64, latin1Bytes, latin1Text, utf8Bytes } from '@nuncio/core'
import type { FilterContext, Platform } from '@nuncio/filter-chain'
import type { ConfigPlace } from '@nuncio/matching'

const SHA1_BYTES = 20

/** Users and what their passwords hash to. Names are bytes as Latin-1 text. */
export class Users {
  readonly #hashes: ReadonlyMap<string, Uint8Array>
  readonly #platform: Platform
  readonly #nobody = new Uint8Array(SHA1_BYTES)

  constructor(hashes: ReadonlyMap<string, Uint8Array>, platform: Platform) {
    this.#hashes = hashes
    this.#platform = platform
  }

  /** Takes as long for a name that nobody has as for a wrong password. */
  accepts(name: string, password: string): boolean {
    const expected = this.#hashes.get(name)
    const given = this.#platform.sha1(latin1Bytes(password))
    return this.#platform.timingSafeEqual(given, expected ?? this.#nobody) && expected !== undefined
  }
}

/** Reads an htpasswd file in the SHA form (`name:{SHA}hash`); what is wrong with it is a problem at `place`. */
export function compileUsers(
  source: Message<'envoy.config.core.v3.DataSource'> | undefined,
  place: ConfigPlace,
  context: Pick<FilterContext, 'platform'>,
): Users {
  const hashes = new Map<string, Uint8Array>()
  const at = place.at('users', source)
  read(source, at, context.platform)
    .split(/\r?\n/)
    .forEach((text, i) => {
      const line = text.trim()
      if (line === '' || line.startsWith('#')) return
      const problem = addUser(hashes, line)
      if (problem !== '') at.error('rule', `line ${i + 1} of the users ${problem}`, 'htpasswd -s writes name:{SHA}hash')
    })
  return new Users(hashes, context.platform)
}

function addUser(hashes: Map<string, Uint8Array>, line: string): string {
  const colon = line.indexOf(':')
  if (colon <= 0) return 'has no name and hash'
  const name = line.slice(0, colon)
  if (!line.startsWith('{SHA}', colon + 1)) return 'has no SHA hash'
  const hash = fromBase64(line.slice(colon + 6))
  if (hash?.length !== SHA1_BYTES) return 'has a hash that is none'
  if (hashes.has(name)) return 'repeats a name'
  hashes.set(name, hash)
  return ''
}

/** The text of a data source, bytes as Latin-1. */
function read(source: Message<'envoy.config.core.v3.DataSource'> | undefined, at: ConfigPlace, by: Platform): string {
  if (source?.inline_string !== undefined) return latin1Text(utf8Bytes(source.inline_string))
  if (source?.inline_bytes !== undefined) return latin1Text(source.inline_bytes)
  if (source?.environment_variable !== undefined)
    return latin1Text(utf8Bytes(by.environment(source.environment_variable) ?? ''))
  if (source?.filename === undefined) return ''
  try {
    return latin1Text(by.readFile(source.filename))
  } catch (error) {
    at.at('filename').error('rule', `the file cannot be read: ${String(error)}`)
    return ''
  }
}
