import type { RequestHeaders } from '@nuncio/core'
import type { ClusterPolicies } from '@nuncio/router'
import { describe, expect, it } from 'vitest'
import { FakeCluster } from './testing/fake-cluster.ts'
import { retryPolicy } from './testing/retry-policy.ts'
import { RouterBench } from './testing/router-bench.ts'

const clusterWith = (requestPolicies: ClusterPolicies): FakeCluster => new FakeCluster({}, { requestPolicies })

function mirror(name: string) {
  return {
    clusterName: () => name,
    selects: () => true,
    disableShadowHostSuffix: false,
    hostRewriteLiteral: name,
    mutateHeaders: () => {},
  }
}

function hashing(value: number) {
  return {
    hash: (_headers: unknown, _info: unknown, out: { has: boolean; high: number; low: number }): void => {
      Object.assign(out, { has: true, high: 0, low: value })
    },
  } as NonNullable<ClusterPolicies['hashPolicy']>
}

describe('a policy of the cluster', () => {
  it('retries in place of the route, with its own number and times', () => {
    const cluster = clusterWith({ retryPolicy: retryPolicy({ perTryTimeoutMs: 50 }) })
    const route = { retryPolicy: retryPolicy({ numRetries: 3 }), timeoutMs: 1000 }
    const bench = new RouterBench({ cluster, route }).request()
    bench.respond(0, 503)
    bench.time.advance(25)
    expect(bench.cluster.requests).toHaveLength(2)
    bench.time.advance(51)
    expect(bench.outcome).toMatchObject({ status: 504, details: 'upstream_per_try_timeout', fate: 'retry_limit' })
    expect(bench.cluster.requests).toHaveLength(2)
  })

  it('mirrors in place of the route', () => {
    const cluster = clusterWith({ mirrorPolicies: [mirror('upstream')] })
    const bench = new RouterBench({ cluster, route: { mirrorPolicies: [mirror('other'), mirror('third')] } }).request()
    const hosts = bench.cluster.requests.map((request) => request.headers!.authority)
    expect(hosts.toSorted()).toEqual(['a', 'upstream'])
  })

  it('hashes in place of the route', () => {
    const hashes: number[] = []
    const cluster = clusterWith({ hashPolicy: hashing(7) })
    const choose = cluster.chooseHost.bind(cluster)
    cluster.chooseHost = (context) => {
      hashes.push(context.hasHash ? context.hashLow : -1)
      return choose(context)
    }
    new RouterBench({ cluster, route: { hashPolicy: hashing(5) } }).request()
    expect(hashes).toEqual([7])
  })

  it('hashes the request that the host gets, with what the route adds', () => {
    let hashed: string | undefined
    const hashPolicy = {
      hash: (headers: RequestHeaders) => void (hashed = headers.get('x-key')),
    } as unknown as NonNullable<ClusterPolicies['hashPolicy']>
    const finalizeRequestHeaders = (headers: RequestHeaders): void => headers.set('x-key', 'of the route')
    new RouterBench({ cluster: clusterWith({ hashPolicy }), route: { finalizeRequestHeaders } }).request()
    expect(hashed).toBe('of the route')
  })

  it('leaves the others to the route', () => {
    const cluster = clusterWith({ hashPolicy: hashing(7) })
    const bench = new RouterBench({ cluster, route: { retryPolicy: retryPolicy() } }).request()
    bench.respond(0, 503)
    bench.time.advance(25)
    expect(bench.cluster.requests).toHaveLength(2)
  })
})
