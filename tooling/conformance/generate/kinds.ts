import fc from 'fast-check'
import { cluster } from './clusters.ts'
import { byteHost, byteListener, byteRequest } from './bytes.ts'
import { listener } from './listeners.ts'
import type { Pair } from './pairs.ts'
import { proxied, proxiedHost } from './proxied.ts'
import { replies, request } from './requests.ts'
import { virtualHost } from './routes.ts'
import { scripts } from './services.ts'
import { sessionCluster, sessionFollowers, sessionHost, sessionListener, sessionRequest } from './sessions.ts'
import { tcpListener, tcpRequest } from './tcp.ts'
import { scoped, scopedListener, treeHost } from './trees.ts'
import { tunnelHost, tunnelListener, tunnelReplies, tunnelRequest } from './tunnels.ts'
import { slowHost, slowListener, slowReplies, slowRequest } from './waits.ts'

interface Kind {
  /** How often it is drawn. */
  readonly weight: number
  readonly pair: fc.Arbitrary<Omit<Pair, 'kind'>>
}

const own = fc.record({ x: cluster, y: cluster })
const none = fc.constant({ x: {}, y: {} })

/** What is generated, by what it is about. */
export const KINDS: Readonly<Record<string, Kind>> = {
  routes: { weight: 10, pair: fc.record({ host: virtualHost, request, replies, scripts, listener, clusters: own }) },
  trees: { weight: 3, pair: fc.record({ host: treeHost, request, replies, scripts, listener, clusters: own }) },
  scopes: {
    weight: 1,
    pair: fc.record({ host: virtualHost, request: scoped(request), replies, listener: scopedListener, clusters: own }),
  },
  sessions: {
    weight: 1,
    pair: fc.record({
      host: sessionHost,
      request: sessionRequest,
      more: sessionFollowers,
      replies,
      listener: sessionListener,
      clusters: fc.record({ x: sessionCluster, y: fc.constant({}) }),
    }),
  },
  tunnels: {
    weight: 2,
    pair: fc.record({
      host: tunnelHost,
      request: tunnelRequest,
      replies: tunnelReplies,
      listener: tunnelListener,
      clusters: none,
    }),
  },
  waits: {
    weight: 1,
    pair: fc.record({
      host: slowHost,
      request: slowRequest,
      replies: slowReplies,
      listener: slowListener,
      clusters: none,
    }),
  },
  bytes: {
    weight: 2,
    pair: fc.record({ host: byteHost, request: byteRequest, listener: byteListener, clusters: none }),
  },
  proxied: {
    weight: 1,
    pair: fc.tuple(proxied, proxiedHost, none).map(([both, host, clusters]) => ({ ...both, host, clusters })),
  },
  tcp: {
    weight: 2,
    pair: fc.record({ host: virtualHost, request: tcpRequest, listener: tcpListener, clusters: none }),
  },
}

/** Pairs of the kinds whose names match; all without a pattern. */
export function pairsOf(pattern = /./): fc.Arbitrary<Pair> {
  const chosen = Object.entries(KINDS).filter(([kind]) => pattern.test(kind))
  return fc.oneof(
    ...chosen.map(([kind, { weight, pair }]) => ({ weight, arbitrary: pair.map((each) => ({ kind, ...each })) })),
  )
}
