import { envoyMessage, type Message } from '@nuncio/config'
import type { ConfigPlace } from '@nuncio/matching'
import type { TransportContext, UpstreamTransportDefinition } from '../definition.ts'
import { RequestFact, type UpstreamTransport } from '../transport.ts'
import { TLS_HONOURS } from './honours.ts'
import { compileSanMatchers } from './san-matchers.ts'
import { SslStats } from './ssl-stats.ts'
import { TlsClient } from './tls-client.ts'
import { prepare, type TlsIngredients } from './tls-material.ts'

const TYPE = 'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext'
type Config = Message<typeof TYPE>
type Validation = Message<'envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext'>
type Certificate = Message<'envoy.extensions.transport_sockets.tls.v3.TlsCertificate'>
type SdsSecret = Message<'envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig'>
type Secret = Message<'envoy.extensions.transport_sockets.tls.v3.Secret'>

/** TLS towards the hosts of a cluster. */
export const upstreamTls: UpstreamTransportDefinition<Config> = {
  name: 'envoy.transport_sockets.tls',
  config: envoyMessage(TYPE, TLS_HONOURS),
  stability: 'stable',
  create: (config, context) => new TlsSetUp(config, context).transport(),
}

/** Puts the material together from configuration and secrets, and again when a secret changes. */
class TlsSetUp {
  readonly #config: Config
  readonly #context: TransportContext
  readonly #place: ConfigPlace
  readonly #client: TlsClient
  readonly #ends: (() => void)[] = []
  #certificates: readonly Certificate[]
  #validation: Validation | undefined
  /** Secrets that have not come yet. */
  readonly #awaited = new Set<string>()

  constructor(config: Config, context: TransportContext) {
    this.#config = config
    this.#context = context
    this.#place = context.place.at('common_tls_context', config.common_tls_context)
    const common = config.common_tls_context ?? {}
    this.#certificates = common.tls_certificates ?? []
    this.#validation = common.validation_context ?? common.combined_validation_context?.default_validation_context
    const options = {
      serverName: (config.sni ?? '').toLowerCase(),
      alpn: (common.alpn_protocols?.length ?? 0) > 0 ? common.alpn_protocols : undefined,
      maxSessions: config.max_session_keys ?? 1,
      stats: new SslStats(context.stats.scope('ssl.')),
    }
    this.#client = new TlsClient(options, undefined)
  }

  transport(): UpstreamTransport {
    const common = this.#config.common_tls_context ?? {}
    for (const [i, secret] of (common.tls_certificate_sds_secret_configs ?? []).entries()) {
      this.#follow(secret, this.#place.item('tls_certificate_sds_secret_configs', i, secret), (found) => {
        if (found.tls_certificate !== undefined) this.#certificates = [found.tls_certificate]
      })
    }
    const named =
      common.validation_context_sds_secret_config ??
      common.combined_validation_context?.validation_context_sds_secret_config
    if (named !== undefined) {
      this.#follow(named, this.#place.at('validation_context_sds_secret_config', named), (found) => {
        const fixed = common.combined_validation_context?.default_validation_context
        this.#validation = { ...fixed, ...found.validation_context }
      })
    }
    this.#prepare(true)
    const { auto_sni: sni, auto_san_validation: san } = this.#context.http
    return {
      name: 'envoy.transport_sockets.tls',
      preamble: undefined,
      tls: this.#client,
      requestFacts: (sni === true ? RequestFact.serverName : 0) | (san === true ? RequestFact.verifyName : 0),
      dispose: () => {
        for (const end of this.#ends) end()
      },
    }
  }

  #follow(config: SdsSecret, place: ConfigPlace, take: (secret: Secret) => void): void {
    const name = config.name ?? ''
    const { secrets } = this.#context
    const fixed = config.sds_config === undefined ? secrets.get(name) : undefined
    if (fixed !== undefined) return take(fixed)
    if (config.sds_config === undefined) return place.error('dangling-reference', `there is no secret '${name}'`)
    this.#awaited.add(name)
    const end = secrets.subscribe?.(name, config.sds_config, (secret) => {
      this.#awaited.delete(name)
      take(secret)
      this.#prepare(false)
    })
    if (end === undefined) place.error('unsupported', `the secret '${name}' cannot be had from its sds_config`)
    else this.#ends.push(end)
  }

  /** A bad version of a secret changes nothing: what was good before goes on. */
  #prepare(first: boolean): void {
    if (this.#awaited.size > 0) return
    const ingredients: TlsIngredients = {
      params: this.#config.common_tls_context?.tls_params,
      certificates: this.#certificates,
      validation: this.#validation,
      sanMatchers:
        this.#validation === undefined
          ? []
          : compileSanMatchers(this.#validation, this.#place.at('validation_context', this.#validation)),
    }
    const material = prepare(ingredients)
    const updates = this.#context.stats.scope('client_ssl_socket_factory.')
    if ('failure' in material) {
      if (first) this.#place.error('bad-tls', material.failure)
      else updates.counter('update_rejected').inc()
      return
    }
    if (!first) updates.counter('ssl_context_update_by_sds').inc()
    this.#client.replace(material)
  }
}
