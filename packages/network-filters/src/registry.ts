// One line a filter: the folder exports its definition.
export { httpConnectionManager } from './http-connection-manager/index.ts'
export { tcpProxy } from './tcp-proxy/index.ts'
