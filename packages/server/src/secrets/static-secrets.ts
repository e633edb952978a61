import type { Message } from '@nuncio/config'
import { type SecretResolver, sameConfig } from '@nuncio/listener'
import type { Bootstrap } from '../load-configuration.ts'
import { Replaceable } from '../reload/replaceable.ts'

type Secret = Message<'envoy.extensions.transport_sockets.tls.v3.Secret'>
export type SecretsByName = ReadonlyMap<string, Secret>

/** The secrets of `static_resources`, which a reload replaces under those who use them. */
export class StaticSecrets implements SecretResolver {
  readonly byName: Replaceable<SecretsByName>
  readonly #watchers = new Map<string, Set<() => void>>()

  constructor(bootstrap: Bootstrap) {
    this.byName = new Replaceable(secretsOf(bootstrap))
  }

  get(name: string): Secret | undefined {
    return this.byName.value.get(name)
  }

  watch(name: string, onChange: () => void): () => void {
    let watchers = this.#watchers.get(name)
    if (watchers === undefined) this.#watchers.set(name, (watchers = new Set()))
    watchers.add(onChange)
    return () => void watchers.delete(onChange)
  }

  /** Whoever uses a secret that is another one now hears of it. */
  replace(next: SecretsByName): void {
    const changed = changedSecrets(this.byName.value, next)
    this.byName.replace(next)
    for (const name of changed) for (const onChange of this.#watchers.get(name) ?? []) onChange()
  }
}

export function secretsOf(bootstrap: Bootstrap): SecretsByName {
  return new Map((bootstrap.static_resources?.secrets ?? []).map((secret) => [secret.name ?? '', secret]))
}

/** Names of secrets that are another one, or that only one of the two has. */
export function changedSecrets(before: SecretsByName, after: SecretsByName): ReadonlySet<string> {
  const names = new Set([...before.keys(), ...after.keys()])
  return new Set([...names].filter((name) => !sameConfig(before.get(name), after.get(name))))
}

/** Whether a configuration refers to one of these static secrets: by a name without an `sds_config`, in a field for that. */
export function mentionsSecret(config: unknown, names: ReadonlySet<string>, inSecretField = false): boolean {
  if (names.size === 0 || typeof config !== 'object' || config === null || config instanceof Uint8Array) return false
  if (Array.isArray(config)) return config.some((item) => mentionsSecret(item, names, inSecretField))
  const { name, sds_config: elsewhere } = config as { readonly name?: unknown; readonly sds_config?: unknown }
  if (inSecretField && elsewhere === undefined && typeof name === 'string' && names.has(name)) return true
  return Object.entries(config).some(([field, value]) => mentionsSecret(value, names, field.includes('secret')))
}
