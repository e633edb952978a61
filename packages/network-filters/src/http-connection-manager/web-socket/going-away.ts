import { FrameScanner } from './frame-scanner.ts'

/** 1001: an endpoint is going away, as when a server goes down (RFC 6455, section 7.4.1). */
const GOING_AWAY = [0x03, 0xe9] as const

/** Where the bytes of a WebSocket go. */
export interface WebSocketEnds {
  toUpstream(chunk: Uint8Array, endStream: boolean): void
  toClient(chunk: Uint8Array, endStream: boolean): void
}

/**
 * A WebSocket that passes through, and how the proxy ends it: a close frame to each side at a boundary of its frames, then
 * nothing more to it; once each side has answered with its own, both connections close.
 */
export class WebSocketPassage {
  readonly #ends: WebSocketEnds
  readonly #up: Direction
  readonly #down: Direction
  #ended = false

  constructor(ends: WebSocketEnds) {
    this.#ends = ends
    this.#up = new Direction((chunk) => ends.toUpstream(chunk, false))
    this.#down = new Direction((chunk) => ends.toClient(chunk, false))
  }

  fromClient(chunk: Uint8Array, endStream: boolean): void {
    if (this.#up.pass(chunk, endStream)) this.#ends.toUpstream(chunk, endStream)
    this.#maybeEnd()
  }

  fromUpstream(chunk: Uint8Array, endStream: boolean): void {
    if (this.#down.pass(chunk, endStream)) this.#ends.toClient(chunk, endStream)
    this.#maybeEnd()
  }

  /** Says to both sides that the proxy goes away. `mask` is any number: what goes to a server has to be masked. */
  goAway(mask: number): void {
    this.#up.close(closeFrame(mask))
    this.#down.close(closeFrame(undefined))
    this.#maybeEnd()
  }

  /** Ends it, whether or not the sides have answered. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    if (!this.#up.endPassed) this.#ends.toUpstream(NOTHING, true)
    if (!this.#down.endPassed) this.#ends.toClient(NOTHING, true)
  }

  #maybeEnd(): void {
    if (this.#up.over && this.#down.over) this.end()
  }
}

const NOTHING = new Uint8Array(0)

function closeFrame(mask: number | undefined): Uint8Array {
  if (mask === undefined) return Uint8Array.of(0x88, 2, ...GOING_AWAY)
  const key = [mask >>> 24, (mask >>> 16) & 255, (mask >>> 8) & 255, mask & 255] as const
  return Uint8Array.of(0x88, 0x82, ...key, GOING_AWAY[0] ^ key[0], GOING_AWAY[1] ^ key[1])
}

/** Frames of one side on their way to the other. */
class Direction {
  readonly #scanner = new FrameScanner()
  readonly #emit: (chunk: Uint8Array) => void
  /** Waits for a boundary. */
  #frame: Uint8Array | undefined = undefined
  #closing = false
  #sourceEnded = false
  /** Whether the end of the source went on to the other side. */
  endPassed = false

  constructor(emit: (chunk: Uint8Array) => void) {
    this.#emit = emit
  }

  /** The close frame was sent, and the side that the bytes come from has said its last. */
  get over(): boolean {
    return this.#closing && this.#frame === undefined && (this.#sourceEnded || this.#scanner.sawClose)
  }

  /** Takes what came; answers whether it is to go on as it is. */
  pass(chunk: Uint8Array, endStream: boolean): boolean {
    this.#sourceEnded ||= endStream
    if (!this.#closing) {
      this.#scanner.scan(chunk)
      this.endPassed = endStream
      return true
    }
    if (this.#frame === undefined) {
      this.#scanner.scan(chunk)
      return false
    }
    const end = this.#scanner.scanToBoundary(chunk)
    if (end > 0) this.#emit(chunk.subarray(0, end))
    if (this.#scanner.atBoundary || endStream) this.#sendFrame()
    this.#scanner.scan(chunk.subarray(end))
    return false
  }

  close(frame: Uint8Array): void {
    if (this.#closing) return
    this.#closing = true
    // A side that has sent its own close frame has said all.
    if (this.#scanner.sawClose || this.#sourceEnded) return
    this.#frame = frame
    if (this.#scanner.atBoundary) this.#sendFrame()
  }

  #sendFrame(): void {
    const frame = this.#frame
    this.#frame = undefined
    if (frame !== undefined && !this.#scanner.sawClose) this.#emit(frame)
  }
}
