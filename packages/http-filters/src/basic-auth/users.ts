import type { Message } from '@nuncio/config'
import { fromBase64, latin1Bytes, latin1Text } from '@nuncio/core'
import type { FilterContext, Platform } from '@nuncio/filter-chain'
import type { ConfigPlace } from '@nuncio/matching'
import { readSource } from '../data-source/data-source.ts'

const SHA1_BYTES = 20
const NOTHING = new Uint8Array(0)

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
  if (source === undefined) place.error('missing-field', '"users" is required in BasicAuth')
  latin1Text(readSource(source, at, context.platform) ?? NOTHING)
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
