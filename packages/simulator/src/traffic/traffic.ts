import { type RandomGenerator, type TimeSource } from '@nuncio/core'
import { exponential } from '../host/service-model.ts'
import { refusal } from '../plan/refusal.ts'
import { type Arrivals, LIMITS } from '../plan/plan.ts'
import type { RequestMaker } from './request-maker.ts'
import { SimulatedStream, type StreamSetting } from './simulated-stream.ts'

export interface TrafficOptions {
  readonly rps: number
  readonly arrivals: Arrivals
  readonly keys: number
  readonly random: RandomGenerator
  readonly time: TimeSource
  readonly maker: RequestMaker
  readonly setting: StreamSetting
}

/** Sends requests into the proxy, one after the other. */
export class Traffic {
  /** Requests come so many times as fast. */
  surge = 1
  readonly #options: TrafficOptions
  readonly #meanMs: number
  #untilMs = 0

  constructor(options: TrafficOptions) {
    this.#options = options
    this.#meanMs = 1000 / options.rps
  }

  /** Begins; the last request comes before `untilMs`. */
  start(untilMs: number): void {
    this.#untilMs = untilMs
    this.#next()
  }

  #next(): void {
    const { time, random, arrivals } = this.#options
    const meanMs = this.#meanMs / this.surge
    const delayMs = arrivals === 'even' ? meanMs : exponential(meanMs, random)
    if (time.monotonicMs() + delayMs < this.#untilMs) time.setTimer(delayMs, this.#arrive)
  }

  readonly #arrive = (): void => {
    const { setting, maker, random, keys } = this.#options
    if (setting.recorder.inFlight >= LIMITS.inFlight)
      throw refusal(`more than ${LIMITS.inFlight} requests are under way at the same time`, LOWER)
    const key = random.uint32() % keys
    const stream = new SimulatedStream(setting, maker.connection(key), random.uint32())
    stream.begin(maker.headers(key))
    this.#next()
  }
}

const LOWER = 'simulate fewer requests, faster hosts or stricter circuit breakers'
