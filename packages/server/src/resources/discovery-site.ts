import type { NuncioServer, ServerParts } from '../nuncio-server.ts'

/** What discovery changes in a server. */
export type DiscoverySite = Pick<ServerParts, 'clusters' | 'listenerContext' | 'resources' | 'stats' | 'time'> & {
  readonly server: NuncioServer
}
