export { MemorySocket } from './memory-socket.ts'
export { type ForwardedRequest, REQUEST_CASES, type RequestCase } from './request-cases.ts'
export { RESPONSE_CASES, type ResponseCase } from './response-cases.ts'
