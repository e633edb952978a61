// One line a filter: the folder exports its definition.
export { connectionLimit } from './connection-limit/index.ts'
export { echo } from './echo/index.ts'
export { httpConnectionManager } from './http-connection-manager/index.ts'
export { networkDirectResponse } from './direct-response/index.ts'
export { sniCluster } from './sni-cluster/index.ts'
export { tcpProxy } from './tcp-proxy/index.ts'
