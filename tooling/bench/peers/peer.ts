import type { Command } from '../daemon.ts'

/** What a contender is asked to be. Every contender of a scenario gets the same, but for the variant. */
export interface Setup {
  readonly port: number
  /** The two hosts of the cluster, on 127.0.0.1. */
  readonly upstreams: readonly [number, number]
  /** A folder of its own, for its configuration and logs. */
  readonly folder: string
  /** Prefix routes `/r/00000/` … before the catch-all, all to the same cluster. */
  readonly routes: number
  /** HTTP filters that look at nothing and pass everything on. */
  readonly filters: number
  readonly accessLog: 'off' | 'json'
  /** What the client speaks; `tcp`: no HTTP, bytes as they are. Upstream it is HTTP/1.1 always. */
  readonly layer: 'http' | 'http2' | 'tcp'
  readonly webSocket: boolean
  readonly tls: { readonly certificate: string; readonly key: string } | undefined
}

/** One proxy that can take part. */
export interface Peer {
  readonly name: string
  /** Its version where it can run here, else why it cannot. */
  find(): { readonly version: string } | { readonly missing: string }
  /** Why it cannot be what the setup asks for; undefined when it can. */
  refuses?(setup: Pick<Setup, 'routes' | 'filters' | 'accessLog' | 'tls' | 'layer' | 'webSocket'>): string | undefined
  /** Writes its configuration and answers how it is started. */
  command(setup: Setup): Command
  /** Known before any measurement: what it does not do of the equal work. */
  readonly notes?: readonly string[]
}

/** The prefix of route number `index`. */
export function routePrefix(index: number): string {
  return `/r/${String(index).padStart(5, '0')}/`
}
