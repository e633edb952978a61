import type { ConnectionInfo } from '@nuncio/core'

/** A plain connection for tests: 10.0.0.1:4000 to 10.0.0.2:80. */
export function testConnection(fields: Partial<ConnectionInfo> = {}): ConnectionInfo {
  const remote = { address: '10.0.0.1', port: 4000 }
  return {
    id: 1,
    remote,
    directRemote: remote,
    local: { address: '10.0.0.2', port: 80 },
    tls: undefined,
    serverName: '',
    listenerName: '',
    filterChainName: '',
    startMs: 0,
    terminationDetails: '',
    filterState: undefined,
    metadata: undefined,
    ...fields,
  }
}
