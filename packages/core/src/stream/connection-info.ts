import type { ConnectionInfo } from './stream-info.ts'

const NOWHERE = Object.freeze({ address: '127.0.0.1', port: 0 })

/** A connection of which only this is known: for tools and tests, and where there is none. Nobody else changes it. */
export function connectionInfo(known: Partial<ConnectionInfo> = {}): ConnectionInfo {
  const remote = known.remote ?? NOWHERE
  return {
    id: 0,
    remote,
    directRemote: remote,
    local: NOWHERE,
    tls: undefined,
    serverName: '',
    listenerName: '',
    filterChainName: '',
    startMs: 0,
    terminationDetails: '',
    filterState: undefined,
    metadata: undefined,
    ...known,
  }
}
