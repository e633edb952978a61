import { FLOW_CONTROL_ERROR, FIRST_WINDOW, MAX_WINDOW, PROTOCOL_ERROR } from '../frames/frame-types.ts'

export const HEADER_TABLE_SIZE = 1
export const ENABLE_PUSH = 2
export const MAX_CONCURRENT_STREAMS = 3
export const INITIAL_WINDOW_SIZE = 4
const MAX_FRAME_SIZE = 5
export const ENABLE_CONNECT_PROTOCOL = 8

/** The size of a setting in a frame. */
export const SETTING = 6

/** What the peer has asked for (RFC 9113 6.5.2). */
export class PeerSettings {
  headerTableSize = 4096
  maxConcurrentStreams = Number.POSITIVE_INFINITY
  initialWindow = FIRST_WINDOW
  /** Extended CONNECT (RFC 8441). */
  connectProtocol = false

  /** Reads a payload. Answers 0, or the code of what is wrong. */
  read(bytes: Buffer, from: number, to: number): number {
    for (let at = from; at < to; at += SETTING) {
      const code = this.#set(bytes.readUInt16BE(at), bytes.readUInt32BE(at + 2))
      if (code !== 0) return code
    }
    return 0
  }

  #set(id: number, value: number): number {
    switch (id) {
      case HEADER_TABLE_SIZE:
        this.headerTableSize = value
        return 0
      case ENABLE_PUSH:
        return value > 1 ? PROTOCOL_ERROR : 0
      case MAX_CONCURRENT_STREAMS:
        this.maxConcurrentStreams = value
        return 0
      case INITIAL_WINDOW_SIZE:
        if (value > MAX_WINDOW) return FLOW_CONTROL_ERROR
        this.initialWindow = value
        return 0
      case MAX_FRAME_SIZE:
        // Frames larger than the least are never sent.
        return value < 16_384 || value > 0xff_ffff ? PROTOCOL_ERROR : 0
      case ENABLE_CONNECT_PROTOCOL:
        if (value > 1 || (value === 0 && this.connectProtocol)) return PROTOCOL_ERROR
        this.connectProtocol = value === 1
        return 0
      default:
        return 0
    }
  }
}
