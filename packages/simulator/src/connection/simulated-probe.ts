import type { HealthCheckInfo, HealthProbe, Host, ProbeInFlight, ProbeResult } from '@nuncio/cluster'
import type { SimulatedHost, Work } from '../host/simulated-host.ts'
import type { Network } from './simulated-connection.ts'

/** Health checks of simulated hosts. HTTP and gRPC checks wait for a worker as any request; TCP checks only connect. */
export class SimulatedProbe implements HealthProbe {
  readonly #network: Network
  readonly #type: HealthCheckInfo['type']
  readonly #hostOf: (host: Host) => SimulatedHost

  constructor(network: Network, type: HealthCheckInfo['type'], hostOf: (host: Host) => SimulatedHost) {
    this.#network = network
    this.#type = type
    this.#hostOf = hostOf
  }

  check(host: Host, done: (result: ProbeResult) => void): ProbeInFlight {
    const to = this.#hostOf(host)
    const check = new Check(to, done)
    if (this.#type === 'TCP') this.#network.time.setTimer(this.#network.roundTripMs, () => check.settle(true))
    else if (to.state === 'down') this.#network.time.setTimer(this.#network.roundTripMs, () => check.settle(false))
    else if (to.state !== 'unreachable') {
      check.onAnswer = (ok) => this.#network.time.setTimer(this.#network.roundTripMs, () => check.settle(ok))
      to.accept(check)
    }
    return check
  }
}

class Check implements Work, ProbeInFlight {
  abandoned = false
  onAnswer: (ok: boolean) => void = () => {}
  readonly #host: SimulatedHost
  readonly #done: (result: ProbeResult) => void

  constructor(host: SimulatedHost, done: (result: ProbeResult) => void) {
    this.#host = host
    this.#done = done
  }

  cancel(): void {
    this.abandoned = true
  }
  answered(status: number): void {
    this.onAnswer(status === 200)
  }

  settle(ok: boolean): void {
    if (this.abandoned || this.#host.state === 'unreachable') return
    this.abandoned = true
    if (this.#host.state === 'down') this.#done({ ok: false, type: 'NETWORK' })
    else this.#done(ok ? { ok: true } : { ok: false, type: 'ACTIVE' })
  }
}
