import type { Message } from '@nuncio/config'
import { type ConfigPlace, wireText } from '@nuncio/matching'
import { compileSources, type KeySource } from './key-source.ts'

/** What a level of configuration says; undefined = it leaves that to the filter's own. */
export interface ApiKeySettings {
  /** Client by key. */
  readonly clients: ReadonlyMap<string, string> | undefined
  readonly sources: readonly KeySource[] | undefined
  /** Empty = every known client. */
  readonly allowed: ReadonlySet<string>
  /** Header that tells the client's name to the upstream; '' = none. */
  readonly forward: string
  readonly hides: boolean
}

type PerRoute = Message<'envoy.extensions.filters.http.api_key_auth.v3.ApiKeyAuthPerRoute'>

/** Compiles the message of the filter or of a route (the same, with `allowed_clients`). */
export function compileSettings(config: PerRoute, place: ConfigPlace): ApiKeySettings {
  const sources = compileSources(config.key_sources, place)
  return {
    clients: (config.credentials?.length ?? 0) === 0 ? undefined : compileClients(config, place),
    sources: sources.length === 0 ? undefined : sources,
    allowed: new Set(config.allowed_clients),
    forward: (config.forwarding?.header ?? '').toLowerCase(),
    hides: config.forwarding?.hide_credentials === true,
  }
}

function compileClients(config: PerRoute, place: ConfigPlace): ReadonlyMap<string, string> {
  const clients = new Map<string, string>()
  config.credentials!.forEach((credential, i) => {
    const key = wireText(credential.key ?? '')
    const at = place.item('credentials', i, credential)
    if (key === '') at.error('missing-field', 'a credential needs a key')
    else if (clients.has(key)) at.error('duplicate-name', 'this key stands here twice')
    else clients.set(key, credential.client ?? '')
  })
  return clients
}
