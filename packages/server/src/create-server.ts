import { builtinLoadBalancers } from '@nuncio/balancers'
import type { Problem } from '@nuncio/config'
import { silentLogger, StatsStore, TimerWheel } from '@nuncio/core'
import { WriteBatch } from '@nuncio/http-codec'
import { decideListener, Listener, type ListenerContext } from '@nuncio/listener'
import type { HttpServices } from '@nuncio/network-filters'
import { LogFiles } from '@nuncio/telemetry'
import { createClusterManager } from '@nuncio/upstream'
import { hostname } from 'node:os'
import { startAdmin } from './admin/start-admin.ts'
import { batchTime } from './batch-time.ts'
import { httpFilters, listenerFilters, networkFilters, transportSockets } from './builtins.ts'
import { ServerHttpServices } from './http-services.ts'
import { type Bootstrap, ConfigurationError, loadConfiguration } from './load-configuration.ts'
import { NuncioServer } from './nuncio-server.ts'
import type { Server } from './server.ts'
import type { ServerOptions } from './options.ts'
import { NodeRandom } from './platform/node-random.ts'
import { NodeTime } from './platform/node-time.ts'
import { LayeredRuntime } from './runtime/layered-runtime.ts'
import { staticSecrets } from './static-secrets.ts'
import { withEndpoints, withEphemeralPorts } from './test-overrides.ts'

/**
 * Makes a proxy of an Envoy bootstrap (YAML or JSON text) and starts it: everything is checked first, then clusters
 * warm, then listeners bind. Throws a `ConfigurationError` with all problems, or a `NuncioError` for an address in use.
 *
 *     await using server = await createServer(await readFile('envoy.yaml'))
 */
export async function createServer(source: string | Uint8Array, options: ServerOptions = {}): Promise<Server> {
  const loaded = loadConfiguration(source, options)
  const problems: Problem[] = [...loaded.problems]
  const tell = (): void => options.onProblems?.(problems, loaded.texts)
  if (loaded.config === undefined) {
    tell()
    throw new ConfigurationError(problems)
  }
  const bootstrap = adjusted(loaded.config, options)
  const report = (problem: Problem): void => void problems.push(problem)

  const logger = options.logger ?? silentLogger
  const machineTime = options.time ?? new NodeTime()
  const batch = new WriteBatch(machineTime)
  const time = batchTime(machineTime, batch)
  const wheel = new TimerWheel(machineTime)
  const random = options.random ?? new NodeRandom()
  const stats = new StatsStore()
  const { sources } = loaded
  const runtime = new LayeredRuntime(bootstrap.layered_runtime, stats.scope('runtime.'), (message) =>
    logger.log('warning', message),
  )
  const logFiles = new LogFiles({ time: machineTime, stats: stats.scope(''), logger })

  const clusters = createClusterManager({
    bootstrap, time, wheel, batch, random, stats, runtime, logger: logger.child('upstream'), report, sources,
    loadBalancers: [...(options.loadBalancers ?? []), ...builtinLoadBalancers], secrets: staticSecrets(bootstrap),
  }) // prettier-ignore
  const environment = {
    hostname: hostname(),
    environment: (name: string) => process.env[name],
    time: machineTime,
    random,
  }
  const services = new ServerHttpServices({
    batch, wheel, time, random, runtime, clusters, logFiles, environment,
    httpFilters: [...(options.httpFilters ?? []), ...httpFilters],
  }) // prettier-ignore
  let connectionIds = 0
  const context: ListenerContext<HttpServices> = {
    stats, time, wheel, random, runtime, logger: logger.child('listener'), sources, services,
    registries: {
      networkFilters: [...(options.networkFilters ?? []), ...networkFilters],
      listenerFilters: [...(options.listenerFilters ?? []), ...listenerFilters],
      transportSockets,
    },
    secrets: staticSecrets(bootstrap),
    nextConnectionId: () => ++connectionIds,
  } // prettier-ignore
  const server = new NuncioServer({
    loaded,
    bootstrap,
    stats,
    time: machineTime,
    wheel,
    runtime,
    logger,
    services,
    clusters,
    logFiles,
    problems,
    options,
  })
  try {
    const listeners = makeListeners(bootstrap, context, report)
    if (problems.some((problem) => problem.severity === 'error')) throw new ConfigurationError(problems)
    tell()
    server.listenersLive = listeners
    if (options.validateOnly !== true) await start(server, bootstrap, listeners)
  } catch (error) {
    if (error instanceof ConfigurationError) tell()
    await server.close()
    throw error
  }
  return server
}

function adjusted(bootstrap: Bootstrap, options: ServerOptions): Bootstrap {
  const ported = options.ports === 'ephemeral' ? withEphemeralPorts(bootstrap) : bootstrap
  return options.endpoints === undefined ? ported : withEndpoints(ported, options.endpoints)
}

function makeListeners(
  bootstrap: Bootstrap,
  context: ListenerContext<HttpServices>,
  report: (problem: Problem) => void,
): Listener<HttpServices>[] {
  return (bootstrap.static_resources?.listeners ?? []).flatMap((config, i) => {
    const { info, problems } = decideListener(config, {
      registries: context.registries,
      sources: context.sources,
      path: `static_resources.listeners[${i}]`,
    })
    problems.forEach(report)
    if (info === undefined) return []
    const listener = new Listener(info, context)
    listener.problems.forEach(report)
    return [listener]
  })
}

/** Warm clusters, ready listeners, bound sockets, the admin last: it says LIVE only when it is true. */
async function start(
  server: NuncioServer,
  bootstrap: Bootstrap,
  listeners: readonly Listener<HttpServices>[],
): Promise<void> {
  await server.parts.clusters.ready()
  await Promise.all(listeners.map((listener) => listener.ready()))
  for (const listener of listeners) await listener.listen()
  server.live()
  await startAdmin(server, bootstrap)
}
