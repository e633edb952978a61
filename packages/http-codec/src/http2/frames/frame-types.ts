// RFC 9113 6 and 7.

export const DATA = 0
export const HEADERS = 1
export const PRIORITY = 2
export const RST_STREAM = 3
export const SETTINGS = 4
export const PING = 6
export const GOAWAY = 7
export const WINDOW_UPDATE = 8
export const CONTINUATION = 9

export const END_STREAM = 0x1
export const ACK = 0x1
export const END_HEADERS = 0x4
export const PADDED = 0x8
export const WITH_PRIORITY = 0x20

export const NO_ERROR = 0
export const PROTOCOL_ERROR = 1
export const INTERNAL_ERROR = 2
export const FLOW_CONTROL_ERROR = 3
export const STREAM_CLOSED = 5
export const FRAME_SIZE_ERROR = 6
export const REFUSED_STREAM = 7
export const CANCEL = 8
export const COMPRESSION_ERROR = 9
export const CONNECT_ERROR = 10
export const ENHANCE_YOUR_CALM = 11

export const FRAME_HEAD = 9
/** RST_STREAM and WINDOW_UPDATE as a whole. */
export const CONTROL_FRAME = FRAME_HEAD + 4
/** What a payload may have unless a setting says more; ours does not. */
export const MAX_PAYLOAD = 16_384
export const MAX_STREAM_ID = 2 ** 31 - 1
export const MAX_WINDOW = 2 ** 31 - 1
/** The window of a connection, and that of streams before settings. */
export const FIRST_WINDOW = 65_535

/** The client connection preface; its first line cannot be a request of HTTP/1. */
export const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
