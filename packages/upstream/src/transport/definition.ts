import type { AnyMessage, Message, MessageSchema } from '@nuncio/config'
import type { Logger, StatsScope, TimeSource } from '@nuncio/core'
import type { ConfigPlace } from '@nuncio/matching'
import type { CertificateRegistry, KeyLogFiles, SecretResolver } from '@nuncio/tls'
import type { UpstreamTransport } from './transport.ts'

/** What a transport socket's configuration is given when it loads. */
export interface TransportContext {
  /** `cluster.<name>.` */
  readonly stats: StatsScope
  readonly secrets: SecretResolver
  readonly certificates: CertificateRegistry | undefined
  readonly keyLogFiles: KeyLogFiles | undefined
  readonly time: TimeSource
  readonly logger: Logger
  /** Where the configuration stands; problems are reported there. */
  readonly place: ConfigPlace
  /** Names that requests are for are checked and sent as SNI, when the cluster asks for that. */
  readonly http: Message<'envoy.config.core.v3.UpstreamHttpProtocolOptions'>
  /** Makes a transport socket that another one carries. */
  inner(socket: Message<'envoy.config.core.v3.TransportSocket'> | undefined, field: string): UpstreamTransport
}

/** What a registry holds of an upstream transport socket. */
export interface UpstreamTransportDefinition<C = unknown> {
  /** `envoy.transport_sockets.tls` */
  readonly name: string
  readonly config: MessageSchema<C>
  readonly stability: 'stable' | 'alpha' | 'wip'
  /** Once for each cluster, and for each `transport_socket_matches` of it. */
  create(config: C, context: TransportContext): UpstreamTransport
}

/** Lets a list hold definitions of any configuration; each is given only its own. */
// oxlint-disable-next-line typescript/no-explicit-any -- `create` takes exactly what `config` describes
export type AnyTransportDefinition = UpstreamTransportDefinition<any>

type TransportSocket = Message<'envoy.config.core.v3.TransportSocket'>

/** Finds definitions by the type of a configuration, and makes transports of them. */
export class TransportRegistry {
  readonly #byType = new Map<string, AnyTransportDefinition>()

  constructor(definitions: readonly AnyTransportDefinition[]) {
    for (const definition of definitions) this.#byType.set(definition.config.type, definition)
  }

  /** The transport for a `transport_socket`; plain when there is none, or when it is refused (which is reported). */
  create(socket: TransportSocket | undefined, context: Omit<TransportContext, 'inner'>): UpstreamTransport {
    const config: AnyMessage | undefined = socket?.typed_config
    if (socket === undefined || (config === undefined && socket.name === 'envoy.transport_sockets.raw_buffer'))
      return RAW
    const definition = config && this.#byType.get(config['@type'])
    if (definition === undefined) {
      const message = `the transport socket ${config === undefined ? `'${socket.name ?? ''}' without typed_config` : config['@type']} is not supported`
      context.place.error('unsupported', message)
      return RAW
    }
    const place = context.place.at('typed_config', config)
    const inner: TransportContext['inner'] = (next, field) =>
      this.create(next, { ...context, place: place.at(field, next) })
    return definition.create(config, { ...context, place, inner })
  }
}

/** Bytes as they are. */
export const RAW: UpstreamTransport = Object.freeze({
  name: 'envoy.transport_sockets.raw_buffer',
  preamble: undefined,
  tls: undefined,
  requestFacts: 0,
  dispose: () => {},
})
