import { NuncioError } from '@nuncio/core'
import type { ConfigView } from '@nuncio/checks'
import {
  ARRIVALS,
  type Assertion,
  checkAssertion,
  type ClusterScene,
  DEFAULT_SERVICE,
  parseAssertion,
  parseIncident,
  POLICIES,
  printReport,
  reportSvg,
  type RouteOfCluster,
  sceneOf,
  SERVICE_SPREADS,
  type ServiceModel,
  simulate as runSimulation,
  type SimulationPlan,
  type SimulationReport,
  withPolicy,
} from '@nuncio/simulator'
import { oneOf, readCommandLine, usageError, type Values } from './command-line.ts'
import type { Command } from './commands.ts'
import { openForAnswers } from './open-config.ts'
import { print } from './problem-output.ts'
import { FILTER_OPTION, productWith } from './product.ts'

const LINE = {
  name: 'simulate',
  usage: 'FILE [options]',
  about:
    'Puts a cluster of a configuration under load on virtual time: the real balancers, pools, circuit breakers, health\n' +
    'checks, outlier detection and retries over made-up hosts. Equal options give equal results. Nothing is sent.\n' +
    "An incident is 'KIND TARGET FROM-TO AMOUNT': slow 10.0.0.2:80 10s-20s x10, delay zone:b 5s 200ms, fail * 3s-4s 500 30%,\n" +
    'down, freeze, lost, leave 10.0.0.1:80 3s-9s, surge * 5s-9s x3.\n' +
    'Exit code: 0 ran and every assertion holds, 1 one does not, 2 could not run.',
  options: {
    cluster: { type: 'string', value: 'name', help: 'the cluster; may be left out where there is only one' },
    rps: { type: 'string', value: 'number', help: 'requests per second (100)' },
    seconds: { type: 'string', value: 'number', help: 'how long requests come (60)' },
    seed: { type: 'string', value: 'number', help: 'where chance begins (1)' },
    incident: { type: 'string', multiple: true, value: 'incident', help: 'something that happens' },
    assert: { type: 'string', multiple: true, value: 'limit', help: "a limit to hold: 'p99<50ms', 'errors<1%'" },
    policy: { type: 'string', value: 'name', help: `another policy: ${POLICIES.join(', ')}` },
    route: { type: 'string', value: 'name', help: 'the route, by name; else the first that leads to the cluster' },
    service: { type: 'string', value: 'time', help: 'mean service time of hosts (10ms)' },
    spread: { type: 'string', value: 'spread', help: `of service times: ${SERVICE_SPREADS.join(', ')}` },
    workers: { type: 'string', value: 'number', help: 'requests a host works on at a time (16)' },
    host: { type: 'string', multiple: true, value: "'host time'", help: "a host that differs: '10.0.0.1:80 30ms'" },
    rtt: { type: 'string', value: 'time', help: 'round trip to hosts (0.5ms)' },
    arrivals: { type: 'string', value: 'kind', help: `of requests: ${ARRIVALS.join(', ')}` },
    keys: { type: 'string', value: 'number', help: 'different keys for hash policies (1000)' },
    format: { type: 'string', value: 'format', help: 'pretty (default), json, svg' },
    ...FILTER_OPTION,
  },
} as const

type Flags = Values<(typeof LINE)['options']>

/** `nuncio simulate FILE`: what a cluster does under load, and on a bad day. */
export const simulate: Command = {
  help: LINE.about,
  async run(argv) {
    const given = readCommandLine(LINE, argv)
    if (given === undefined) return 0
    const { values, words } = given
    const format = oneOf(LINE, 'format', values.format, ['pretty', 'json', 'svg'])
    const [file, ...more] = words
    if (file === undefined || more.length > 0) throw usageError(LINE, 'simulate needs a file')
    const assertions = (values.assert ?? []).map((text) => misuse(() => parseAssertion(text)))
    const { definitions } = await productWith(values.filter)
    const { view } = openForAnswers(file, definitions)
    const report = misuse(() => runSimulation(planOf(view, values)))
    await print(
      format === 'json'
        ? `${JSON.stringify(report, null, 2)}\n`
        : format === 'svg'
          ? reportSvg(report)
          : printReport(report),
    )
    return judge(assertions, report)
  },
}

/** Says which assertions fail, on standard error. */
function judge(assertions: readonly Assertion[], report: SimulationReport): number {
  const failed = assertions.map((each) => checkAssertion(each, report)).filter(({ holds }) => !holds)
  for (const { assertion, found } of failed) process.stderr.write(`✗ ${assertion.text}: ${found}\n`)
  return failed.length > 0 ? 1 : 0
}

function planOf(view: ConfigView, values: Flags): SimulationPlan {
  const scene = sceneFor(view, values.cluster)
  const policy = values.policy === undefined ? undefined : oneOf(LINE, 'policy', values.policy.toUpperCase(), POLICIES)
  const service: ServiceModel = {
    meanMs: milliseconds('service', values.service) ?? DEFAULT_SERVICE.meanMs,
    spread: oneOf(LINE, 'spread', values.spread, SERVICE_SPREADS),
    workers: number('workers', values.workers) ?? DEFAULT_SERVICE.workers,
  }
  return {
    ...scene,
    cluster: policy === undefined ? scene.cluster : withPolicy(scene.cluster, policy),
    route: routeFor(scene, values.route),
    runtime: view.runtime,
    rps: number('rps', values.rps) ?? 100,
    seconds: number('seconds', values.seconds) ?? 60,
    seed: number('seed', values.seed) ?? 1,
    keys: number('keys', values.keys) ?? 1000,
    arrivals: oneOf(LINE, 'arrivals', values.arrivals, ARRIVALS),
    roundTripMs: milliseconds('rtt', values.rtt) ?? 0.5,
    service,
    services: new Map((values.host ?? []).map((text) => hostOf(text, service))),
    incidents: (values.incident ?? []).map(parseIncident),
  }
}

function sceneFor(view: ConfigView, name: string | undefined): ClusterScene {
  const names = [...view.clusters.keys()]
  if (names.length === 0) throw new NuncioError('ERR_NUNCIO_INPUT', 'the configuration has no cluster')
  const only = names.length === 1 ? names[0] : undefined
  const wanted = name ?? only
  if (wanted === undefined) throw usageError(LINE, `--cluster is needed: one of ${names.join(', ')}`)
  const scene = sceneOf(view.loaded, wanted)
  if (scene === undefined) throw usageError(LINE, `there is no cluster ${wanted}: one of ${names.join(', ')}`)
  return scene
}

function routeFor({ routes }: ClusterScene, name: string | undefined): RouteOfCluster | undefined {
  if (name === undefined) return routes[0]
  const found = routes.find(({ route }) => route.name === name)
  if (found !== undefined) return found
  const names = routes.flatMap(({ route }) => route.name ?? [])
  throw usageError(
    LINE,
    `no route called ${name} leads to the cluster: one of ${names.join(', ') || '(none has a name)'}`,
  )
}

/** `10.0.0.1:80 30ms`, `api.example 30ms 4`. */
function hostOf(text: string, service: ServiceModel): readonly [string, ServiceModel] {
  const [host = '', time, workers, ...more] = text.trim().split(/\s+/)
  if (time === undefined || more.length > 0)
    throw usageError(LINE, `--host ${JSON.stringify(text)} is no host: write 'HOST TIME' or 'HOST TIME WORKERS'`)
  return [
    host,
    {
      ...service,
      meanMs: milliseconds('host', time) ?? service.meanMs,
      workers: number('host', workers) ?? service.workers,
    },
  ]
}

function number(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d+(\.\d+)?$/.test(text)) throw usageError(LINE, `--${flag} ${text} is no number`)
  return Number(text)
}

function milliseconds(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s)$/.exec(text) ?? []
  if (amount === undefined) throw usageError(LINE, `--${flag} ${text} is no time: write 10ms or 1.5s`)
  return Number(amount) * (unit === 's' ? 1000 : 1)
}

/** What the simulator refuses is misuse of the command. */
function misuse<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof NuncioError) || error.code !== 'ERR_NUNCIO_SIMULATION') throw error
    throw new NuncioError('ERR_NUNCIO_ARGUMENT', error.message, error.hint === undefined ? {} : { hint: error.hint })
  }
}
