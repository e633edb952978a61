import { type ClusterView, HealthFlag, type HostView } from '@nuncio/cluster'
import type { JsonObject } from '@nuncio/config'
import { HistogramIntervals, StatsStore } from '@nuncio/core'
import { statsRules } from '../prometheus/stats-rules.ts'
import type { BalancerView, PickQuestion } from '../view/balancer-view.ts'
import type { AdminView, ConfigurationView, ReloadView, ServerState } from '../view/admin-view.ts'

/** A server that only remembers what was asked of it. */
export class FakeView implements AdminView {
  readonly store = new StatsStore()
  readonly intervals = new HistogramIntervals()
  readonly calls: unknown[] = []
  readonly componentLevels = new Map([['admin', 'info'], ['router', 'info']] as [string, 'info' | 'debug' | 'warning'][]) // prettier-ignore
  serverState: ServerState = 'LIVE'
  balancer: BalancerView = {
    cluster: 'api',
    policy: 'score',
    score: {
      weights: { turn: { weight: 2, from: 'set' } },
      hosts: [{ host: '127.0.0.1:80', values: { turn: 3 }, score: 6 }],
    },
  }
  clusterViews: readonly ClusterView[] = [cluster()]
  dump: readonly JsonObject[] = []
  adminLayer = true
  refreshed = 0
  reloaded: ReloadView = {
    outcome: 'applied',
    generation: 8,
    atMs: 1_000_000_000_000,
    errors: [],
    warnings: [],
    changes: ['~ route 0'],
    closes: [],
  }

  readonly stats = {
    store: this.store,
    intervals: this.intervals,
    refresh: () => void this.refreshed++,
    ...statsRules(undefined, { report: () => {}, compileRegex: (pattern) => new RegExpMatcher(`^(?:${pattern})$`) }),
  }
  readonly balancers = {
    names: () => ['api'],
    describe: (name: string) => (name === 'api' ? this.balancer : undefined),
    explain: (ask: PickQuestion) => {
      this.calls.push(ask)
      return ask.cluster === 'api' ? { chosen: '127.0.0.1:80' } : `there is no cluster '${ask.cluster}'`
    },
    recentPicks: (name: string) => (name === 'api' ? [{ chosen: '127.0.0.1:80' }] : undefined),
    setWeights: (name: string, weights: ReadonlyMap<string, number | null>) => {
      this.calls.push([name, Object.fromEntries(weights)])
      return Number.isNaN(weights.get('turn')) ? 'no number' : undefined
    },
  }
  readonly logging = {
    levels: () => [...this.componentLevels],
    setLevel: (level: string) => void this.calls.push(['level', level]),
    setComponentLevel: (component: string, level: string) => {
      this.calls.push(['level', component, level])
      return this.componentLevels.has(component)
    },
  }
  readonly actions = {
    quit: () => void this.calls.push('quit'),
    resetCounters: () => void this.calls.push('reset'),
    failHealthChecks: (fail: boolean) => void this.calls.push(['fail', fail]),
    drainListeners: (options: object) => void this.calls.push(['drain', options]),
    reopenLogs: () => void this.calls.push('reopen'),
    reload: () => {
      this.calls.push('reload')
      return Promise.resolve(this.reloaded)
    },
    modifyRuntime: (values: ReadonlyMap<string, string>) => {
      this.calls.push(['runtime', Object.fromEntries(values)])
      return this.adminLayer
    },
  }

  state(): ServerState {
    return this.serverState
  }
  info(): ReturnType<AdminView['info']> {
    return {
      version: 'abc/1.0.0/Clean/RELEASE/OpenSSL',
      uptimeMs: 3999,
      uptimeAllEpochsMs: 3999,
      hotRestartVersion: 'disabled',
      commandLineOptions: { concurrency: 1 },
      node: { id: 'n1' },
    }
  }
  configuration(): ConfigurationView {
    return { generation: 7, appliedAtMs: 1_000_000_000_000, lastReload: undefined }
  }
  listeners(): ReturnType<AdminView['listeners']> {
    const at = (port: number): { address: string; port: number } => ({ address: '127.0.0.1', port })
    return [
      { name: 'web', address: at(28482), additionalAddresses: [at(28486)] },
      { name: 'tcp', address: at(28487), additionalAddresses: [] },
    ]
  }
  clusters(): readonly ClusterView[] {
    return this.clusterViews
  }
  configDump(options: { endpoints: boolean }): readonly JsonObject[] {
    this.calls.push(['dump', options.endpoints])
    return this.dump
  }
  certificates(): ReturnType<AdminView['certificates']> {
    const chain = { path: 'c.pem', serialNumber: '0427', subjectAltNames: [{ dns: 'a' }], validFromMs: 0, validToMs: Date.UTC(2026, 0, 31) } // prettier-ignore
    return [{ ca: [], chain: [chain] }]
  }
  runtime(): ReturnType<AdminView['runtime']> {
    return { layers: ['s', 'admin'], entries: new Map([['c.d', ['true', '']], ['a.b', ['5', '7']]]) } // prettier-ignore
  }
  memory(): ReturnType<AdminView['memory']> {
    return { heapUsed: 1, heapTotal: 2, external: 3, rss: 4 }
  }
  unreadyTargets(): ReturnType<AdminView['unreadyTargets']> {
    return []
  }
}

/** Searches with the native engine: good enough for the patterns of tests. */
export class RegExpMatcher {
  readonly #pattern: RegExp
  constructor(pattern: string) {
    this.#pattern = new RegExp(pattern)
  }
  matches(text: string): boolean {
    return this.#pattern.test(text)
  }
}

/** As `AdminOptions.compileSearch`. */
export function compileSearch(pattern: string): RegExpMatcher | string {
  try {
    return new RegExpMatcher(pattern)
  } catch {
    return `missing ): ${pattern}`
  }
}

const LIMITS = { maxConnections: 1024, maxPendingRequests: 1024, maxRequests: 1024, maxRetries: 3 }

/** The cluster that Envoy's golden answers are about. */
export function cluster(fields: Partial<ClusterView> = {}): ClusterView {
  return {
    name: 'api',
    observabilityName: 'api',
    addedViaApi: false,
    edsServiceName: '',
    outlier: { successRateAverage: -1, successRateThreshold: -1, localOriginSuccessRateAverage: -1, localOriginSuccessRateThreshold: -1 }, // prettier-ignore
    thresholds: [LIMITS, LIMITS],
    hosts: [
      host({ hostname: 'h1', weight: 3, stats: { ...NO_STATS, cxActive: 1, cxTotal: 1, rqSuccess: 1, rqTotal: 1 } }),
      host({
        address: { address: '127.0.0.1', port: 1 },
        addressText: '127.0.0.1:1',
        healthFlags: HealthFlag.edsDraining,
        edsHealth: 'DRAINING',
        canary: true,
      }),
    ],
    ...fields,
  }
}

const NO_STATS: HostView['stats'] = {
  cxTotal: 0,
  cxActive: 0,
  cxConnectFail: 0,
  rqTotal: 0,
  rqActive: 0,
  rqPending: 0,
  rqSuccess: 0,
  rqError: 0,
  rqTimeout: 0,
  outstandingCost: 0,
}

export function host(fields: Partial<HostView> = {}): HostView {
  return {
    address: { address: '127.0.0.1', port: 28482 },
    addressText: '127.0.0.1:28482',
    hostname: '',
    stats: NO_STATS,
    healthFlags: 0,
    edsHealth: 'HEALTHY',
    weight: 1,
    region: 'r',
    zone: 'z',
    subZone: 's',
    canary: false,
    priority: 0,
    successRate: -1,
    localOriginSuccessRate: -1,
    ...fields,
  }
}
