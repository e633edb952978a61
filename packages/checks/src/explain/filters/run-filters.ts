import type { Message, Problem } from '@nuncio/config'
import { LoadShedPoint, NuncioError, silentLogger, StatsStore, TimerWheel, type TimeSource } from '@nuncio/core'
import {
  buildHttpFilterChain,
  type ChainEnvironment,
  type HttpFilterChain,
  type HttpFilterDefinition,
  noPlatform,
  type Platform,
} from '@nuncio/filter-chain'
import { quoted } from '@nuncio/matching'
import { type ExplainStep, type Explanation, noteRoute, type Route, type RouteTable } from '@nuncio/router'
import type { PreparedRequest } from '../../request/tool-request.ts'
import type { ConfigView } from '../../view/config-view.ts'
import { type DryAnswer, DryStream, END_TYPE, endOfChain, type RouteMemory } from './dry-stream.ts'
import { runnable } from './runnable.ts'
import { Snapshot } from './snapshot.ts'

type FilterEntry = Message<'envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter'>

/** What of the machine filters may use here. */
export type FilterPlatform = Partial<Platform>

/** What the filters before the router made of a request. */
export interface FilterStory {
  readonly steps: readonly ExplainStep[]
  /** The route as it is at their end, and the story of how it was chosen. */
  readonly route: Route | undefined
  readonly routing: Explanation
  /** Set when one of them answered; the filters after it have not seen the request. */
  readonly answer: FilterAnswer | undefined
}

export interface FilterAnswer {
  readonly filter: string
  readonly status: number
  /** In the place of `status`, to a gRPC request. */
  readonly grpcStatus: number | undefined
  readonly details: string
  readonly location: string
}

export interface FilterWorld {
  readonly view: ConfigView
  readonly request: PreparedRequest
  readonly platform: FilterPlatform | undefined
  /** People's own filters. */
  readonly definitions?: readonly HttpFilterDefinition[] | undefined
  readonly table: RouteTable
  /** The whole list; the last is the router. */
  readonly filters: readonly FilterEntry[]
}

type Run = Pick<FilterWorld, 'view' | 'request' | 'platform' | 'definitions'> & { readonly memory: RouteMemory }

/**
 * Sends a request through the filters before the router, as far as they need nothing but the file: each by itself, so
 * that what it did can be told. The headers and the stream info of `request` are changed as the filters change them.
 */
export function runFilters({ filters, table, ...world }: FilterWorld): FilterStory {
  const { view, request } = world
  const { headers, info, random } = request
  let routing!: Explanation
  const memory: RouteMemory = {
    route: undefined,
    clusterName: '',
    chooseAnew() {
      routing = table.explain(headers, info, random)
      memory.route = table.route(headers, info, random)
      memory.clusterName = routing.cluster
      noteRoute(info, memory.route)
      info.upstreamCluster = view.clusters.has(routing.cluster) ? routing.cluster : ''
    },
  }
  memory.chooseAnew()
  const run: Run = { ...world, memory }
  const steps: ExplainStep[] = []
  let answer: FilterAnswer | undefined
  for (const filter of filters.slice(0, -1)) {
    const name = filter.name ?? ''
    const told = answer === undefined ? tellOne(filter, run) : { text: 'does not see the request' }
    if ('answer' in told) answer = { filter: name, ...told.answer }
    steps.push({ text: `${quoted(name)} ${told.text}`, position: view.positionOf(filter) })
  }
  const { route } = memory
  return {
    steps,
    route,
    routing:
      route === undefined ? routing : { ...routing, ...table.explainRoute(route, headers, info, memory.clusterName) },
    answer,
  }
}

type Told = { readonly text: string } | { readonly text: string; readonly answer: Omit<FilterAnswer, 'filter'> }

function tellOne(filter: FilterEntry, run: Run): Told {
  const levels = run.memory.route?.filterConfigs(filter.name ?? '') ?? []
  const isDisabled = levels.length > 0 ? levels[0]!.disabled : filter.disabled === true
  if (isDisabled) return { text: 'is switched off for this request' }
  const definition = runnable(filter.typed_config?.['@type'], run.definitions)
  if (typeof definition === 'string') return { text: `is not run: ${definition}` }
  const chain = chainOf(filter, definition, run)
  if (typeof chain === 'string') return { text: `is not run: ${chain}` }
  const own = levels.some(({ config }) => config !== undefined) ? ', by its configuration for this route' : ''
  return tellRun(chain, run, own)
}

function tellRun(chain: HttpFilterChain, { request, memory }: Run, own: string): Told {
  const { headers, info } = request
  const before = new Snapshot(headers, info)
  const chosen = memory.route
  const stream = new DryStream(chain, info, Number(request.random), memory)
  stream.start(headers, true)
  const { answer, passed, error } = stream
  const { details = '' } = info
  if (!stream.done) stream.downstreamReset(0, '')
  info.details = undefined
  if (error !== undefined) return { text: `is not run: ${error instanceof Error ? error.message : 'it failed'}` }
  if (answer.status !== 0)
    return { text: `answers ${answer.status} (${details})${own}`, answer: answerOf(answer, details) }
  const changes = before.changesTo(new Snapshot(headers, info))
  if (memory.route !== chosen) changes.push('has the route chosen anew')
  if (!passed) changes.unshift('holds the request for a while')
  return { text: (changes.length === 0 ? 'lets it pass' : changes.join(', ')) + own }
}

function answerOf({ status, headers }: DryAnswer, details: string): Omit<FilterAnswer, 'filter'> {
  const grpc = headers?.get('grpc-status')
  return {
    status,
    grpcStatus: grpc === undefined ? undefined : Number(grpc),
    details,
    location: headers?.get('location') ?? '',
  }
}

/** The filter and the end of a chain behind it; a text says why it cannot be. */
function chainOf(filter: FilterEntry, definition: HttpFilterDefinition, run: Run): HttpFilterChain | string {
  const problems: Problem[] = []
  try {
    const chain = buildHttpFilterChain(
      [filter, { name: 'end', typed_config: { '@type': END_TYPE } }],
      environmentOf([definition, endOfChain], run, (problem) => problems.push(problem)),
    )
    const broken = problems.find(({ severity }) => severity === 'error')
    return broken === undefined ? chain : broken.message
  } catch (error) {
    if (error instanceof NuncioError) return error.message
    throw error
  }
}

const STOPPED: TimeSource = { monotonicMs: () => 0, wallMs: () => 0, setTimer: () => ({ cancel() {}, reset() {} }) }

function environmentOf(
  definitions: readonly HttpFilterDefinition[],
  { view, request, platform }: Run,
  report: (problem: Problem) => void,
): ChainEnvironment {
  const random = { uint32: () => Number(BigInt(request.random) & 0xffff_ffffn) }
  return {
    definitions,
    stats: new StatsStore().scope('http.'),
    time: STOPPED,
    wheel: new TimerWheel(STOPPED),
    random,
    runtime: view.runtime,
    logger: silentLogger,
    clusters: { get: () => undefined, fetch: async () => Promise.reject(new Error('nobody is asked')) },
    platform: {
      ...noPlatform('ERR_NUNCIO_EXPLAIN', 'it needs more than the file', 'ask the proxy itself'),
      ...platform,
    },
    proxy: { localCluster: '', healthCheckFailed: false },
    loadShed: new LoadShedPoint(random),
    sources: view.sources,
    path: 'http_filters',
    report,
    onDispose: () => {},
  }
}
