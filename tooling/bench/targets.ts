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

/** Of a pair of contenders, how much more CPU the first takes for a request. */
function cost(
  text: string,
  scenario: string,
  [one, other]: readonly [string, string],
  limit: number,
  show = times,
): Target {
  return { text, scenario, figure: (of) => cpuRatio(of(one), of(other)), limit, show }
}

const TARGETS: readonly Target[] = [
  cost('1 KiB, c = 64: CPU per request at most 1.5 × nginx', 'keepalive-1k', ['nuncio', 'nginx'], 1.5),
  cost('1 KiB, c = 64: aim, 1.1 × nginx', 'keepalive-1k', ['nuncio', 'nginx'], 1.1),
  cost(
    '1 KiB, c = 64: CPU per request at most a third of node:http + undici',
    'keepalive-1k',
    ['nuncio', 'node-undici'],
    1 / 3,
  ),
  cost(
    'with a JSON access log: at most 1.8 × nginx without one',
    'access-log',
    ['nuncio (JSON log)', 'nginx (log off)'],
    1.8,
  ),
  cost('16 KiB, c = 64: CPU per request at most 1.5 × nginx', 'keepalive-16k', ['nuncio', 'nginx'], 1.5),
  cost('TLS keep-alive: CPU per request at most 1.5 × nginx', 'tls-keepalive', ['nuncio', 'nginx'], 1.5),
  cost('HTTP/2 to HTTP/1.1: CPU per request at most 2 × nginx', 'http2', ['nuncio', 'nginx'], 2),
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
  cost(
    'tcp_proxy: CPU per answer of 1 KiB at most 1.3 × a bare pair of piped sockets',
    'tcp-proxy',
    ['nuncio', 'tcp-pipe'],
    1.3,
  ),
  {
    text: 'tcp_proxy, 1 MiB: throughput within 20 % of HAProxy’s',
    scenario: 'tcp-proxy-1m',
    figure: (of) =>
      ratio(of('haproxy')?.summary?.requestsPerSecond.median, of('nuncio')?.summary?.requestsPerSecond.median),
    limit: 1.25,
    show: times,
  },
  cost(
    '10 000 routes at most 5 % more than ten',
    'routes',
    ['nuncio (10000 routes)', 'nuncio (10 routes)'],
    1.05,
    increase,
  ),
  cost(
    'ten pass-through filters at most 10 % more than none',
    'filters',
    ['nuncio (10 filters)', 'nuncio (no filter)'],
    1.1,
    increase,
  ),
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
