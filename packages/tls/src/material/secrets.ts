import { isMessage, load, type Message } from '@nuncio/config'
import type { ConfigPlace } from '@nuncio/matching'
import { readFile, type Watched } from './data-source.ts'

export type Secret = Message<'envoy.extensions.transport_sockets.tls.v3.Secret'>
type SecretConfig = Message<'envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig'>

/** Where a TLS context gets secrets that its own configuration only names. */
export interface SecretResolver {
  /** A secret of `static_resources.secrets`. */
  get(name: string): Secret | undefined
  /** Calls back when the secret that `get` answers has become another one. The result ends it. */
  watch?(name: string, onChange: () => void): () => void
  /**
   * Subscribes to a secret of an `sds_config` that is no file; the callback comes with the first and each later version,
   * never before this returned. The result ends it. Undefined: this resolver cannot, which is reported as a problem.
   */
  subscribe?(
    name: string,
    source: Message<'envoy.config.core.v3.ConfigSource'>,
    onSecret: (secret: Secret) => void,
  ): (() => void) | undefined
}

/** Knows no secrets. */
export const NO_SECRETS: SecretResolver = { get: () => undefined }

/** A secret that a configuration names: where it comes from, and what it is now. */
export class SecretSource {
  readonly #config: SecretConfig
  readonly #resolver: SecretResolver
  #subscribed: Secret | undefined = undefined
  #unsubscribe: (() => void) | undefined = undefined
  #unwatch: (() => void) | undefined = undefined
  /** Settles with the first version, for secrets that come from elsewhere; undefined: it is there when it is read. */
  readonly ready: Promise<void> | undefined

  constructor(config: SecretConfig, place: ConfigPlace, resolver: SecretResolver, onChange: () => void) {
    this.#config = config
    this.#resolver = resolver
    const source = config.sds_config
    if (source === undefined) this.#unwatch = resolver.watch?.(config.name ?? '', onChange)
    if (source === undefined || this.#file !== undefined) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#unsubscribe = resolver.subscribe?.(config.name ?? '', source, (secret) => {
      this.#subscribed = secret
      onChange()
      resolve()
    })
    if (this.#unsubscribe === undefined) {
      const hint = 'Name a secret of static_resources.secrets, or use path_config_source.'
      place.at('sds_config', source).error('unsupported', 'secrets cannot be fetched from there', hint)
    } else this.ready = promise
  }

  get #file(): string | undefined {
    return this.#config.sds_config?.path_config_source?.path ?? this.#config.sds_config?.path
  }

  /** Whether it has yet to arrive. */
  get pending(): boolean {
    return this.#unsubscribe !== undefined && this.#subscribed === undefined
  }

  /** The secret as it is now; undefined when it cannot be had, which is reported at `place`. */
  read(place: ConfigPlace, watched: Watched): Secret | undefined {
    const name = this.#config.name ?? ''
    if (this.#unsubscribe !== undefined) return this.#subscribed
    if (this.#file !== undefined) return this.#readFile(this.#file, name, place, watched)
    if (this.#config.sds_config !== undefined) return undefined
    const secret = this.#resolver.get(name)
    if (secret === undefined) place.error('dangling-reference', `no static secret is called "${name}"`)
    return secret
  }

  #readFile(file: string, name: string, place: ConfigPlace, watched: Watched): Secret | undefined {
    const directory = this.#config.sds_config?.path_config_source?.watched_directory?.path
    if (directory) watched.directories.add(directory)
    const bytes = readFile(file, place, watched)
    if (bytes === undefined) return undefined
    const { config, problems } = load('envoy.service.discovery.v3.DiscoveryResponse', bytes, { file })
    const bad = problems.find((problem) => problem.severity === 'error')
    if (bad !== undefined)
      place.error('malformed-secret-file', `${file}:${bad.line}: ${bad.path} is not right (${bad.code})`)
    const found = (config?.resources ?? []).find(
      (one): one is typeof one & Secret =>
        isMessage(one, 'envoy.extensions.transport_sockets.tls.v3.Secret') && one.name === name,
    )
    if (found === undefined && bad === undefined)
      place.error('dangling-reference', `${file} has no secret called "${name}"`)
    return found
  }

  close(): void {
    this.#unwatch?.()
    this.#unsubscribe?.()
  }
}
