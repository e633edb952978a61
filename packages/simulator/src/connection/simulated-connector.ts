import type { Connecting, ConnectionUser, Connector, Host } from '@nuncio/cluster'
import type { SimulatedHost } from '../host/simulated-host.ts'
import { type Network, SimulatedConnection } from './simulated-connection.ts'

/** Makes connections to simulated hosts: one round trip, then they carry requests. */
export class SimulatedConnector implements Connector {
  readonly protocol: 'HTTP/1.1' | 'HTTP/2'
  readonly expectedStreams: number
  readonly #network: Network
  readonly #hostOf: (host: Host) => SimulatedHost

  /** `streams`: how many requests a connection carries at a time; more than one makes it HTTP/2. */
  constructor(network: Network, streams: number, hostOf: (host: Host) => SimulatedHost) {
    this.#network = network
    this.#hostOf = hostOf
    this.expectedStreams = streams
    this.protocol = streams === 1 ? 'HTTP/1.1' : 'HTTP/2'
  }

  connect(host: Host, _options: unknown, user: ConnectionUser): Connecting {
    const to = this.#hostOf(host)
    return this.#network.time.setTimer(this.#network.roundTripMs, () => {
      // What is lost on the way is for the connect timeout.
      if (to.state === 'unreachable') return
      if (to.state === 'down')
        return user.onConnectFailed({ side: 'remote', details: 'delayed connect error: Connection refused' })
      user.onConnected(new SimulatedConnection(to, user, this.#network, this.expectedStreams))
    })
  }
}
