import { type RandomGenerator, type TimeSource, uniform } from '@nuncio/core'
import { drawServiceMs, type ServiceModel } from './service-model.ts'

/** A request on a host: traffic, or a health check. */
export interface Work {
  /** The caller is gone: it is skipped if it still waits, and nobody hears of it any more. */
  readonly abandoned: boolean
  /** The host has an answer, with this status; it still has to travel. */
  answered(status: number): void
}

/** What a connection is told by the host at its other end. */
export interface Peer {
  /** The host's process is gone. */
  refused(): void
}

/** `frozen`: it takes connections and answers nothing; `unreachable`: whatever is sent to or from it is lost. */
export type HostState = 'up' | 'down' | 'frozen' | 'unreachable'

/** Where workers, queues and troubles are: one server behind the simulated proxy. */
export class SimulatedHost {
  readonly address: string
  readonly peers = new Set<Peer>()
  /** Service times are multiplied by this. */
  slowFactor = 1
  /** Added to each service time. */
  extraMs = 0
  /** Share of requests that are answered at once with `failureStatus`. */
  failureShare = 0
  failureStatus = 503
  readonly #model: ServiceModel
  readonly #time: TimeSource
  readonly #random: RandomGenerator
  #state: HostState = 'up'
  #busy = 0
  #queue: Work[] = []
  /** Where the queue begins; what lies before is done. */
  #head = 0
  #generation = 0

  constructor(address: string, model: ServiceModel, time: TimeSource, random: RandomGenerator) {
    this.address = address
    this.#model = model
    this.#time = time
    this.#random = random
  }

  get state(): HostState {
    return this.#state
  }
  /** Requests that wait for a worker. */
  get queued(): number {
    return this.#queue.length - this.#head
  }
  get busy(): number {
    return this.#busy
  }

  set state(state: HostState) {
    if (state === this.#state) return
    this.#state = state
    if (state === 'down') this.#crash()
    else if (state === 'up') this.#serve()
  }

  /** Takes a request on. */
  accept(work: Work): void {
    if (this.failureShare > 0 && uniform(this.#random) < this.failureShare) return work.answered(this.failureStatus)
    if (this.#state === 'up' && this.#busy < this.#model.workers) this.#start(work)
    else this.#queue.push(work)
  }

  /** The process dies: whatever it held is lost, and its connections close. */
  #crash(): void {
    this.#queue = []
    this.#head = 0
    this.#busy = 0
    this.#generation++
    for (const peer of this.peers) peer.refused()
  }

  #start(work: Work): void {
    const generation = this.#generation
    this.#busy++
    const serviceMs = drawServiceMs(this.#model, this.#random) * this.slowFactor + this.extraMs
    this.#time.setTimer(serviceMs, () => {
      if (generation !== this.#generation) return
      this.#busy--
      if (!work.abandoned) work.answered(200)
      if (this.#state === 'up') this.#serve()
    })
  }

  #serve(): void {
    while (this.#busy < this.#model.workers && this.#head < this.#queue.length) {
      const work = this.#queue[this.#head++]!
      if (!work.abandoned) this.#start(work)
    }
    if (this.#head > 1024 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head)
      this.#head = 0
    }
  }
}
