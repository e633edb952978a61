import { type ClusterView, HealthFlag, type HostView } from '@nuncio/cluster'
import { expect, test } from 'vitest'
import { mergeClusters } from './merged-clusters.ts'

const LIMITS = { maxConnections: 1, maxPendingRequests: 1, maxRequests: 1, maxRetries: 1 }
const host = (addressText: string, total: number, more: Partial<HostView> = {}): HostView => ({
  address: { address: addressText, port: 80 },
  addressText,
  hostname: '',
  stats: { cxTotal: total, cxActive: 1, cxConnectFail: 0, rqTotal: total, rqActive: 0, rqPending: 0, rqSuccess: total, rqError: 0, rqTimeout: 0, outstandingCost: 0 },
  healthFlags: 0,
  edsHealth: 'HEALTHY',
  weight: 1,
  region: '',
  zone: '',
  subZone: '',
  canary: false,
  priority: 0,
  successRate: -1,
  localOriginSuccessRate: -1,
  ...more,
}) // prettier-ignore
const cluster = (name: string, ...hosts: HostView[]): ClusterView => ({
  name,
  observabilityName: name,
  addedViaApi: false,
  edsServiceName: '',
  outlier: undefined,
  thresholds: [LIMITS, LIMITS],
  hosts,
})

test('what hosts did is summed by address, in the order of the first worker', () => {
  const merged = mergeClusters([
    [cluster('a', host('10.0.0.1', 3), host('10.0.0.2', 1)), cluster('b')],
    [cluster('a', host('10.0.0.2', 5), host('10.0.0.1', 4)), cluster('b')],
  ])
  expect(merged.map(({ name }) => name)).toEqual(['a', 'b'])
  expect(merged[0]!.hosts.map(({ addressText, stats }) => [addressText, stats.rqTotal, stats.cxActive])).toEqual([
    ['10.0.0.1', 7, 2],
    ['10.0.0.2', 6, 2],
  ])
})

test('a host that one worker ejected says so; success rates are averaged over those who know', () => {
  const [{ hosts } = { hosts: [] }] = mergeClusters([
    [cluster('a', host('h', 1, { healthFlags: HealthFlag.failedOutlier, successRate: 50 }))],
    [cluster('a', host('h', 1, { successRate: 100 }))],
    [cluster('a', host('h', 1))],
  ])
  expect([hosts[0]!.healthFlags, hosts[0]!.successRate]).toEqual([HealthFlag.failedOutlier, 75])
})

test('one address in two priorities is two hosts', () => {
  expect(mergeClusters([[cluster('a', host('h', 1), host('h', 1, { priority: 1 }))]])[0]!.hosts).toHaveLength(2)
})
