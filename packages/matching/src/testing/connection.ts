import { connectionInfo, type ConnectionInfo } from '@nuncio/core'

/** A plain connection for tests: 10.0.0.1:4000 to 10.0.0.2:80. */
export function testConnection(fields: Partial<ConnectionInfo> = {}): ConnectionInfo {
  return connectionInfo({
    remote: { address: '10.0.0.1', port: 4000 },
    local: { address: '10.0.0.2', port: 80 },
    ...fields,
  })
}
