import type { Tree } from '../model/document.ts'

/** Three that answer, one of them by HTTP/2 too, one that fails and one that breaks off. */
export const ORIGINS: Readonly<Record<string, Tree>> = {
  a: { headers: { 'x-origin': 'a' } },
  h: { kind: 'http2', headers: { 'x-origin': 'h' } },
  b: { headers: { 'x-origin': 'b' } },
  c: { headers: { 'x-origin': 'c' } },
  f: { status: 503 },
  // oxlint-disable-next-line unicorn/no-thenable -- nobody awaits a script
  z: { then: 'reset' },
}

/** Two sides, and nobody for a third. */
const subsets: Tree = {
  endpoints: ['left', 'right'].map((side, i) => ({
    origin: i === 0 ? 'a' : 'b',
    metadata: { filter_metadata: { 'envoy.lb': { side } } },
  })),
  lb_subset_config: { fallback_policy: 'NO_FALLBACK', subset_selectors: [{ keys: ['side'] }] },
}

/** Clusters that all pairs share, by name. */
export const SHARED_CLUSTERS: Readonly<Record<string, Tree>> = { a: {}, b: {}, c: {}, h: {}, s: subsets }
