export { MemorySocket } from './memory-socket.ts'
export { type ForwardedRequest, REQUEST_CASES, type RequestCase } from './request-cases.ts'
export { RESPONSE_CASES, type ResponseCase } from './response-cases.ts'
export {
  ACK, END_HEADERS, END_STREAM, FRAME, type Frame, frame, framesIn, get, Http2FrameClient, literals, setting, uint32,
} from './http2-frames.ts' // prettier-ignore
export { readStrictly, type StrictMessage } from './strict-reader.ts'
