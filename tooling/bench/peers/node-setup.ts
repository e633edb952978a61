import { readFileSync } from 'node:fs'

/** One host of the two, with the requests that are out to it. */
export interface Upstream {
  readonly port: number
  readonly url: string
  active: number
}

/** What every Node peer reads from its environment. */
export interface NodeSetup {
  readonly port: number
  readonly upstreams: readonly Upstream[]
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | undefined
  readonly protocol: 'http' | 'https'
}

export function readSetup(): NodeSetup {
  const { PORT = '0', UPSTREAMS = '', TLS_CERTIFICATE, TLS_KEY } = process.env
  const upstreams = UPSTREAMS.split(',').map((port) => ({
    port: Number(port),
    url: `http://127.0.0.1:${port}`,
    active: 0,
  }))
  const tls =
    TLS_CERTIFICATE && TLS_KEY ? { cert: readFileSync(TLS_CERTIFICATE), key: readFileSync(TLS_KEY) } : undefined
  return { port: Number(PORT), upstreams, tls, protocol: tls ? 'https' : 'http' }
}

/** The host with the fewest requests out. */
export function leastActive(upstreams: readonly Upstream[]): Upstream {
  let best: Upstream | undefined
  for (const upstream of upstreams) if (!best || upstream.active < best.active) best = upstream
  if (!best) throw new Error('no upstream')
  return best
}

/** The headers that end at each hop (RFC 9110 7.6.1). */
export const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
