import type { Connecting, ConnectionUser, Connector, DecidedCluster, Host, PoolStats, TransportOptions } from '@nuncio/cluster' // prettier-ignore
import type { RandomGenerator, TimeSource } from '@nuncio/core'
import { ClientConnection, type CodecSocket, http1Options, Http2Stats, type WriteBatch } from '@nuncio/http-codec'
import { Http1Connection } from '../pool/http1-connection.ts'
import { Http2Connection } from '../pool/http2-connection.ts'
import { http2Settings } from '../pool/http2-settings.ts'

/** An attempt to connect that the test decides. */
export interface MemoryDial extends Connecting {
  readonly host: Host
  /** Nobody wants the connection any more. */
  readonly cancelled: boolean
  accept(socket: CodecSocket): void
  refuse(): void
}

/** What a connector without a network needs of the world. */
export interface MemoryConnectorParts {
  readonly info: DecidedCluster
  readonly stats: PoolStats
  readonly batch: WriteBatch
  readonly time: TimeSource
  readonly random: RandomGenerator
}

/** Makes the connections of a pool over sockets that the test gives, whenever it gives them. */
export class MemoryConnector implements Connector {
  readonly protocol: 'HTTP/1.1' | 'HTTP/2'
  readonly expectedStreams: number
  readonly dials: MemoryDial[] = []
  readonly #parts: MemoryConnectorParts
  readonly #http2Stats: Http2Stats

  constructor(protocol: 'HTTP/1.1' | 'HTTP/2', parts: MemoryConnectorParts) {
    this.protocol = protocol
    this.#parts = parts
    this.#http2Stats = new Http2Stats(parts.stats.cluster.scope.scope('http2.'), parts.stats.cluster.rqRxResetNoError)
    this.expectedStreams = protocol === 'HTTP/1.1' ? 1 : http2Settings(parts.info).options.maxConcurrentStreams
  }

  connect(host: Host, _options: TransportOptions | undefined, user: ConnectionUser): MemoryDial {
    let cancelled = false
    const dial: MemoryDial = {
      host,
      get cancelled() {
        return cancelled
      },
      cancel: () => void (cancelled = true),
      accept: (socket) => (this.protocol === 'HTTP/2' ? this.#http2(socket, user) : this.#http1(socket, user)),
      refuse: () => user.onConnectFailed({ side: 'remote', details: 'delayed connect error: Connection refused' }),
    }
    this.dials.push(dial)
    return dial
  }

  #http1(socket: CodecSocket, user: ConnectionUser): void {
    let connection: Http1Connection | undefined = undefined
    const callbacks = {
      onConnected: () => {},
      onIdle: (client: ClientConnection, reusable: boolean) => connection?.onIdle(client, reusable),
      onClose: (client: ClientConnection, details: string) => connection?.onClose(client, details),
    }
    const client = ClientConnection.over(socket, '', callbacks, http1Options({ enableTrailers: true }), this.#parts.batch, false) // prettier-ignore
    connection = new Http1Connection(client, user, undefined)
    user.onConnected(connection)
  }

  #http2(socket: CodecSocket, user: ConnectionUser): void {
    const { batch, info, random, stats, time } = this.#parts
    batch.enter()
    const context = { settings: http2Settings(info), stats, http2Stats: this.#http2Stats, time, random, batch }
    const connection = new Http2Connection(context, socket as never, undefined, user)
    connection.start()
    user.onConnected(connection)
    batch.leave()
  }
}
