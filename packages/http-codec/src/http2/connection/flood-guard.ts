import { PRIORITY, WINDOW_UPDATE } from '../frames/frame-types.ts'
import type { Http2Options } from '../options.ts'
import type { Flood } from '../violations.ts'

/** Envoy's limits to frames that cost the sender nothing; each check answers '' while it is kept. */
export class FloodGuard {
  /** Streams that were answered (server) or asked for (client). */
  openedStreams = 0
  readonly #options: Http2Options
  #empty = 0
  #priorities = 0
  #windowUpdates = 0

  constructor(options: Http2Options) {
    this.#options = options
  }

  /** A frame of any type begins. `dataFrames`: how many of those were sent. */
  frame(type: number, dataFrames: number): Flood | '' {
    const { maxPriorityFramesPerStream, maxWindowUpdatesPerDataFrame } = this.#options
    if (type === PRIORITY && ++this.#priorities > maxPriorityFramesPerStream * (1 + this.openedStreams))
      return 'http2.inbound_priority_frames_flood'
    if (
      type === WINDOW_UPDATE &&
      ++this.#windowUpdates > 5 + 2 * (this.openedStreams + maxWindowUpdatesPerDataFrame * dataFrames)
    )
      return 'http2.inbound_window_update_frames_flood'
    return ''
  }

  /** What a HEADERS, CONTINUATION or DATA frame carried besides padding. */
  payload(bytes: number, endStream: boolean): Flood | '' {
    if (bytes > 0 || endStream) this.#empty = 0
    else if (++this.#empty > this.#options.maxEmptyFrames) return 'http2.inbound_empty_frames_flood'
    return ''
  }

  /** What waits for the socket. */
  outbound(frames: number, controlFrames: number): Flood | '' {
    if (controlFrames > this.#options.maxOutboundControlFrames) return 'http2.outbound_control_flood'
    return frames > this.#options.maxOutboundFrames ? 'http2.outbound_flood' : ''
  }
}
