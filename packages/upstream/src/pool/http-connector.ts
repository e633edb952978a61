import type {
  Connecting,
  ConnectionUser,
  Connector,
  DecidedCluster,
  Host,
  PoolStats,
  TransportOptions,
} from '@nuncio/cluster'
import { formatAddress, parseInternalAddress, type RandomGenerator, type TlsInfo } from '@nuncio/core'
import { ClientConnection, type Http1Options, Http2Stats, type WriteBatch } from '@nuncio/http-codec'
import { isIPv6, type Socket } from 'node:net'
import { type DialAddress, dialAddresses, elsewhere } from '../transport/dial/address-order.ts'
import { Dial, type DialSettings } from '../transport/dial/dialler.ts'
import { connectFailure } from '../transport/dial/errors.ts'
import { tune } from '../transport/dial/bind.ts'
import { RAW } from '../transport/definition.ts'
import type { UpstreamTransport } from '../transport/transport.ts'
import { Http1Connection } from './http1-connection.ts'
import { Http2Connection, type Http2Context } from './http2-connection.ts'
import type { Http2Settings } from './http2-settings.ts'

type Remote = ReturnType<typeof elsewhere>

/** What all connectors of a cluster share. */
export interface HttpConnectorContext {
  readonly info: DecidedCluster
  readonly stats: PoolStats
  readonly dial: DialSettings
  readonly batch: WriteBatch
  readonly random: RandomGenerator
  readonly http1: Http1Options
  readonly http2: Http2Settings
}

/** ALPN that each way of speaking offers. */
const ALPN = { http1: ['http/1.1'], http2: ['h2'], auto: ['h2', 'http/1.1'] } as const

/** Makes HTTP connections to hosts of one cluster, in one protocol (or what ALPN gives), over one transport. */
export class HttpConnector implements Connector {
  readonly protocol: 'HTTP/1.1' | 'HTTP/2' | undefined
  readonly expectedStreams: number
  readonly #context: HttpConnectorContext
  readonly #transport: UpstreamTransport
  readonly #alpn: readonly string[]
  #http2: Http2Context | undefined = undefined

  /** `alpn`: what to offer instead of the names of the protocol. */
  constructor(
    context: HttpConnectorContext,
    kind: 'http1' | 'http2' | 'auto',
    transport: UpstreamTransport,
    alpn?: readonly string[],
  ) {
    this.#context = context
    this.#transport = transport
    this.#alpn = alpn ?? ALPN[kind]
    this.protocol = kind === 'http1' ? 'HTTP/1.1' : kind === 'http2' ? 'HTTP/2' : undefined
    this.expectedStreams = kind === 'http1' ? 1 : context.http2.options.maxConcurrentStreams
  }

  connect(host: Host, options: TransportOptions | undefined, user: ConnectionUser): Connecting {
    const config = this.#context.info.config.upstream_connection_options?.happy_eyeballs_config
    const addresses = dialAddresses(host, this.#transport, config)
    if (
      this.protocol === 'HTTP/1.1' &&
      this.#transport === RAW &&
      addresses.length === 1 &&
      parseInternalAddress(addresses[0]!.ip) === undefined
    ) {
      return new PlainHttp1(this.#context, addresses[0]!, user)
    }
    const dial = new Dial(
      this.#context.dial,
      { addresses, target: host, transport: this.#transport, options, protocols: this.#alpn },
      {
        onDialled: (socket, tls, address) => {
          const protocol = this.protocol ?? (tls?.alpn === 'h2' ? 'HTTP/2' : 'HTTP/1.1')
          const remote = elsewhere(host, address)
          if (protocol === 'HTTP/2') this.#startHttp2(socket, tls, remote, user)
          else this.#startHttp1(socket, tls, remote, user)
        },
        onDialFailed: (failure) => user.onConnectFailed(failure),
      },
    )
    dial.start()
    return dial
  }

  #http2Context(): Http2Context {
    const { http2: settings, stats, dial, random, batch } = this.#context
    this.#http2 ??= {
      settings,
      stats,
      http2Stats: new Http2Stats(stats.cluster.scope.scope('http2.'), stats.cluster.rqRxResetNoError),
      time: dial.time,
      random,
      batch,
    }
    return this.#http2
  }

  #startHttp2(socket: Socket, tls: TlsInfo | undefined, remote: Remote, user: ConnectionUser): void {
    const { batch } = this.#context
    // What a connection begins with and its first requests leave in one write.
    batch.enter()
    try {
      const connection = new Http2Connection(this.#http2Context(), socket, tls, user)
      connection.start()
      connection.remote = remote
      user.onConnected(connection)
    } finally {
      batch.leave()
    }
  }

  /** Without such a batch: what already waits in the socket is read before the request leaves, and is no answer to it. */
  #startHttp1(socket: Socket, tls: TlsInfo | undefined, remote: Remote, user: ConnectionUser): void {
    const { http1, batch } = this.#context
    const relay = new Relay()
    const client = ClientConnection.over(socket, '', relay, http1, batch, tls !== undefined)
    const connection = new Http1Connection(client, user, tls)
    relay.to = connection
    connection.remote = remote
    user.onConnected(connection)
  }
}

/** Hands a codec's calls to the connection that is made after the codec. */
class Relay {
  to: Http1Connection | undefined = undefined

  onConnected(): void {}
  onIdle(client: ClientConnection, reusable: boolean): void {
    this.to?.onIdle(client, reusable)
  }
  onClose(client: ClientConnection, details: string): void {
    this.to?.onClose(client, details)
  }
}

/** The usual case, without detours: plain HTTP/1 to one address, read into the codec's own memory. */
class PlainHttp1 implements Connecting {
  readonly #context: HttpConnectorContext
  readonly #address: DialAddress
  readonly #user: ConnectionUser
  readonly #client: ClientConnection
  #connection: Http1Connection | undefined = undefined
  #error: NodeJS.ErrnoException | undefined = undefined
  #cancelled = false

  constructor(context: HttpConnectorContext, address: DialAddress, user: ConnectionUser) {
    this.#context = context
    this.#address = address
    this.#user = user
    this.#client = ClientConnection.open(this.#target(), this, context.http1, context.batch)
    const socket = this.#client.socket as unknown as Socket
    tune(socket, context.dial.keepAlive)
    socket.once('error', (error: NodeJS.ErrnoException) => {
      this.#error = error
    })
  }

  cancel(): void {
    this.#cancelled = true
    this.#client.close()
  }

  onConnected(client: ClientConnection): void {
    if (this.#cancelled) return
    this.#connection = new Http1Connection(client, this.#user, undefined)
    this.#user.onConnected(this.#connection)
  }
  onIdle(client: ClientConnection, reusable: boolean): void {
    this.#connection?.onIdle(client, reusable)
  }
  onClose(client: ClientConnection, details: string): void {
    if (this.#connection !== undefined) return this.#connection.onClose(client, details)
    if (this.#cancelled) return
    const { ip, port } = this.#address
    const local = this.#local()
    const from = local === undefined ? '' : formatAddress({ address: local.localAddress, port: local.localPort })
    const error: NodeJS.ErrnoException = this.#error ?? Object.assign(new Error(details), { code: details })
    if (error.syscall === 'bind') this.#context.dial.onBindError()
    const path = ip.startsWith('/') || ip.startsWith('@')
    this.#user.onConnectFailed(connectFailure(error, formatAddress({ address: ip, port }), path, from))
  }

  #local(): { localAddress: string; localPort: number } | undefined {
    const { binding } = this.#context.dial
    return isIPv6(this.#address.ip) ? binding?.v6 : binding?.v4
  }

  #target(): object {
    const { ip, port } = this.#address
    if (ip.startsWith('/')) return { path: ip }
    if (ip.startsWith('@')) return { path: `\0${ip.slice(1)}` }
    return { host: ip, port, autoSelectFamily: false, ...this.#local() }
  }
}
