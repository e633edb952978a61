import type { Message } from '@nuncio/config'
import type { SecretResolver } from '@nuncio/listener'
import type { Bootstrap } from './load-configuration.ts'

/** The secrets of `static_resources`. */
export function staticSecrets(bootstrap: Bootstrap): SecretResolver {
  const byName = new Map<string, Message<'envoy.extensions.transport_sockets.tls.v3.Secret'>>()
  for (const secret of bootstrap.static_resources?.secrets ?? []) byName.set(secret.name ?? '', secret)
  return { get: (name) => byName.get(name) }
}
