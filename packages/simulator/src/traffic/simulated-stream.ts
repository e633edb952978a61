import {
  Deadline,
  type RequestHeaders,
  type ResponseEncoder,
  StreamInfo,
  type ConnectionInfo,
  type TimeSource,
  type TimerWheel,
} from '@nuncio/core'
import { type AbortSignalLike, ChainStream, type HttpFilterChain } from '@nuncio/filter-chain'
import type { Route } from '@nuncio/router'
import type { Recorder } from '../record/recorder.ts'

/** What the streams of one simulation share. */
export interface StreamSetting {
  readonly chain: HttpFilterChain
  readonly route: Route
  readonly time: TimeSource
  readonly wheel: TimerWheel
  readonly recorder: Recorder
}

/** Nobody looks at the responses themselves. */
const NOWHERE: ResponseEncoder = {
  encodeInformational: () => {},
  encodeHeaders: () => {},
  encodeData: () => true,
  encodeTrailers: () => {},
  reset: () => {},
  readDisable: () => {},
  unwritten: 0,
}

const BUFFER_BYTES = 1 << 20
const NEVER_ABORTED: AbortSignalLike = { aborted: false, addEventListener: () => {}, removeEventListener: () => {} }

/** A request on its way through the router filter, as the connection manager would send it. */
export class SimulatedStream extends ChainStream {
  readonly #setting: StreamSetting
  readonly #wake: Wake

  constructor(setting: StreamSetting, connection: ConnectionInfo, random: number) {
    const { time } = setting
    super(setting.chain, NOWHERE, new StreamInfo(connection, time.monotonicMs(), time.wallMs()), random, BUFFER_BYTES)
    this.#setting = setting
    this.#wake = new Wake(this)
  }

  begin(headers: RequestHeaders): void {
    this.#setting.recorder.began()
    this.start(headers, true)
  }

  onWake(nowMs: number): void {
    this.wakeTerminal(nowMs)
  }

  override wakeAt(atMs: number): void {
    if (atMs < this.#wake.deadlineMs) this.#setting.wheel.arm(this.#wake, atMs)
  }
  protected override selectRoute(): Route {
    return this.#setting.route
  }
  protected override finalizeResponse(): void {}
  protected override filterError(_name: string, error: unknown): void {
    throw error
  }
  protected override streamDone(): void {
    this.#setting.wheel.cancel(this.#wake)
    this.#setting.recorder.ended(this.info)
  }
  protected override nowMs(): number {
    return this.#setting.time.monotonicMs()
  }
  protected override makeAbort(): { readonly signal: AbortSignalLike; abort(): void } {
    return { signal: NEVER_ABORTED, abort: () => {} }
  }
}

class Wake extends Deadline {
  readonly #stream: SimulatedStream

  constructor(stream: SimulatedStream) {
    super()
    this.#stream = stream
  }

  override onDeadline(nowMs: number): void {
    this.#stream.onWake(nowMs)
  }
}
