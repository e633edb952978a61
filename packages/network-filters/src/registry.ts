// One line a filter: the folder exports its definition.
export { connectionLimit } from './connection-limit/index.ts'
export { directResponse } from './direct-response/index.ts'
export { echo } from './echo/index.ts'
export { httpConnectionManager } from './http-connection-manager/index.ts'
export { localRatelimit } from './local-ratelimit/index.ts'
export { setFilterState } from './set-filter-state/index.ts'
export { sniCluster } from './sni-cluster/index.ts'
export { tcpProxy } from './tcp-proxy/index.ts'
