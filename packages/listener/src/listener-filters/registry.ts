// One line for each listener filter; everything else about it is in its folder.
export { httpInspector } from './http-inspector/index.ts'
export { localRatelimit } from './local-ratelimit/index.ts'
export { proxyProtocol } from './proxy-protocol/index.ts'
export { tlsInspector } from './tls-inspector/index.ts'
