import { envoy } from './envoy.ts'
import { haproxy } from './haproxy.ts'
import { nginx } from './nginx.ts'
import { nodePeers } from './node-peers.ts'
import { nuncio, nuncioBuilt } from './nuncio.ts'
import type { Peer } from './peer.ts'

/** In the order of the tables. */
export const PEERS: readonly Peer[] = [nuncio, nuncioBuilt, nginx, haproxy, envoy, ...nodePeers]
