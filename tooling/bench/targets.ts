import { cpuRatio, type ContenderResult, type ScenarioResult } from './results.ts'

/** One promise about cost, and whether the results keep it. */
export interface Verdict {
  readonly target: string
  /** The measured figure in words; undefined where the results do not hold it. */
  readonly measured: string | undefined
  readonly met: boolean | undefined
}

interface Target {
  readonly text: string
  readonly scenario: string
  /** The measured figure; undefined where a contender is missing. */
  readonly figure: (of: (name: string) => ContenderResult | undefined) => number | undefined
  readonly limit: number
  readonly show: (figure: number) => string
}

const times = (figure: number): string => `${figure.toFixed(2)}×`

function ratio(above: number | undefined, below: number | undefined): number | undefined {
  return above === undefined || below === undefined ? undefined : above / below
}

const increase = (figure: number): string => `${figure >= 1 ? '+' : ''}${((figure - 1) * 100).toFixed(1)} %`

const TARGETS: readonly Target[] = [
  {
    text: '1 KiB, c = 64: CPU per request at most 1.5 × nginx',
    scenario: 'keepalive-1k',
    figure: (of) => cpuRatio(of('nuncio'), of('nginx')),
    limit: 1.5,
    show: times,
  },
  {
    text: '1 KiB, c = 64: aim, 1.1 × nginx',
    scenario: 'keepalive-1k',
    figure: (of) => cpuRatio(of('nuncio'), of('nginx')),
    limit: 1.1,
    show: times,
  },
  {
    text: '1 KiB, c = 64: CPU per request at most a third of node:http + undici',
    scenario: 'keepalive-1k',
    figure: (of) => cpuRatio(of('nuncio'), of('node-undici')),
    limit: 1 / 3,
    show: times,
  },
  {
    text: 'with a JSON access log: at most 1.8 × nginx without one',
    scenario: 'access-log',
    figure: (of) => cpuRatio(of('nuncio (JSON log)'), of('nginx (log off)')),
    limit: 1.8,
    show: times,
  },
  {
    text: '16 KiB, c = 64: CPU per request at most 1.5 × nginx',
    scenario: 'keepalive-16k',
    figure: (of) => cpuRatio(of('nuncio'), of('nginx')),
    limit: 1.5,
    show: times,
  },
  {
    text: 'TLS keep-alive: CPU per request at most 1.5 × nginx',
    scenario: 'tls-keepalive',
    figure: (of) => cpuRatio(of('nuncio'), of('nginx')),
    limit: 1.5,
    show: times,
  },
  {
    text: 'HTTP/2 to HTTP/1.1: CPU per request at most 2 × nginx',
    scenario: 'http2',
    figure: (of) => cpuRatio(of('nuncio'), of('nginx')),
    limit: 2,
    show: times,
  },
  {
    text: 'an idle keep-alive connection at most 8 KiB',
    scenario: 'idle',
    figure: (of) => of('nuncio')?.idleKiB,
    limit: 8,
    show: (figure) => `${figure.toFixed(1)} KiB`,
  },
  {
    text: 'an idle WebSocket at most 16 KiB',
    scenario: 'idle-websocket',
    figure: (of) => of('nuncio')?.idleKiB,
    limit: 16,
    show: (figure) => `${figure.toFixed(1)} KiB`,
  },
  {
    text: 'tcp_proxy: CPU per answer of 1 KiB at most 1.3 × a bare pair of piped sockets',
    scenario: 'tcp-proxy',
    figure: (of) => cpuRatio(of('nuncio'), of('tcp-pipe')),
    limit: 1.3,
    show: times,
  },
  {
    text: 'tcp_proxy, 1 MiB: throughput within 20 % of HAProxy’s',
    scenario: 'tcp-proxy-1m',
    figure: (of) =>
      ratio(of('haproxy')?.summary?.requestsPerSecond.median, of('nuncio')?.summary?.requestsPerSecond.median),
    limit: 1.25,
    show: times,
  },
  {
    text: '10 000 routes at most 5 % more than ten',
    scenario: 'routes',
    figure: (of) => cpuRatio(of('nuncio (10000 routes)'), of('nuncio (10 routes)')),
    limit: 1.05,
    show: increase,
  },
  {
    text: 'ten pass-through filters at most 10 % more than none',
    scenario: 'filters',
    figure: (of) => cpuRatio(of('nuncio (10 filters)'), of('nuncio (no filter)')),
    limit: 1.1,
    show: increase,
  },
  {
    text: 'p99 at c = 64 no worse than HAProxy’s',
    scenario: 'keepalive-1k',
    figure: (of) => ratio(of('nuncio')?.summary?.p99Ms.median, of('haproxy')?.summary?.p99Ms.median),
    limit: 1,
    show: times,
  },
  {
    text: 'no growth over 1 000 000 requests (5 % allowed for the heap’s breathing)',
    scenario: 'growth',
    figure: (of) => {
      const growth = of('nuncio')?.growth
      return growth && growth.requests >= 1_000_000 ? growth.afterMiB / growth.beforeMiB : undefined
    },
    limit: 1.05,
    show: increase,
  },
]

/** Judges every target that the results can judge; the others come without a verdict. */
export function judge(results: readonly ScenarioResult[]): Verdict[] {
  return TARGETS.map(({ text, scenario, figure, limit, show }) => {
    const result = results.find((each) => each.scenario === scenario)
    const value = figure((name) => result?.contenders.find((each) => each.name === name))
    if (value === undefined) return { target: text, measured: undefined, met: undefined }
    return { target: text, measured: show(value), met: value <= limit }
  })
}
