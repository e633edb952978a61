import { type AdminRequest, type AdminResponse, balancerEndpoints } from '@nuncio/admin'
import { dumpStats } from '@nuncio/core'
import { createServer } from '../create-server.ts'
import type { NuncioServer } from '../nuncio-server.ts'
import type { ServerOptions } from '../options.ts'
import type { PreparedReload, ReloadOutcome } from '../reload/contracts.ts'
import { Channel, type Port } from './channel.ts'
import type { PrimaryProcedures, StartRequest, WorkerAction, WorkerProcedures, WorkerReport } from './protocol.ts'
import { RemoteSockets } from './remote-sockets.ts'

/** What a worker process is told besides, by the command line that it was started with. */
export type WorkerOptions = (request: StartRequest) => ServerOptions | Promise<ServerOptions>

/** The worker's side: serves what the primary at the other end of the port asks for. */
export class WorkerServer {
  readonly #primary: Channel<PrimaryProcedures>
  readonly #sockets: RemoteSockets
  readonly #options: WorkerOptions
  #server: NuncioServer | undefined = undefined
  #prepared: PreparedReload | undefined = undefined

  constructor(port: Port, options: WorkerOptions) {
    this.#options = options
    this.#primary = new Channel<PrimaryProcedures>(port)
    this.#sockets = new RemoteSockets(this.#primary)
    this.#primary.serve<WorkerProcedures>({
      start: (request) => this.#start(request),
      report: ({ dump }) => this.#report(dump),
      ping: () => {},
      balancers: (request) => this.#balancers(request),
      prepare: async ({ source }) => {
        this.#prepared = await this.#server!.prepareReload(source)
        const { outcome, problems, texts, diff } = this.#prepared
        return { outcome, problems, texts, diff }
      },
      settle: ({ commit }) => this.#settle(commit),
      drain: async ({ timeMs }) => {
        this.#sockets.returnAll()
        await this.#server?.drain(timeMs)
        return dumpStats(this.#server!.stats)
      },
      act: (action) => this.#act(action),
      lend: ({ key, loan }, handle) => this.#sockets.lend(key, loan, handle!),
      return: ({ loan }) => this.#sockets.return(loan),
    })
  }

  /** Finishes what is under way and ends, as when the primary is gone. */
  async leave(timeMs?: number): Promise<void> {
    await this.#server?.drain(timeMs)
  }

  async #start(request: StartRequest): Promise<void> {
    const { source, slot, workers, generation } = request
    const worker = { slot, workers, sockets: this.#sockets }
    this.#server = (await createServer(source, {
      ...(await this.#options(request)),
      generation,
      worker,
    })) as NuncioServer
  }

  async #balancers(request: AdminRequest): Promise<AdminResponse> {
    const endpoints = balancerEndpoints(this.#server!.view!.balancers)
    return await endpoints.find(({ path }) => path === request.path)!.handle(request)
  }

  #settle(commit: boolean): ReloadOutcome | undefined {
    const prepared = this.#prepared
    this.#prepared = undefined
    if (commit) return prepared?.commit()
    prepared?.discard()
    return undefined
  }

  #report(dump: 'none' | 'plain' | 'with-endpoints'): WorkerReport {
    const view = this.#server!.view!
    view.stats.refresh()
    return {
      stats: dumpStats(this.#server!.stats),
      state: view.state(),
      info: view.info(),
      listeners: view.listeners(),
      clusters: view.clusters(),
      certificates: view.certificates(),
      runtime: view.runtime(),
      unready: view.unreadyTargets(),
      logLevels: view.logging.levels(),
      memory: process.memoryUsage(),
      configDump: dump === 'none' ? undefined : view.configDump({ endpoints: dump === 'with-endpoints' }),
    }
  }

  #act(action: WorkerAction): void {
    const { actions, logging } = this.#server!.view!
    switch (action.do) {
      case 'reset-counters':
        return actions.resetCounters()
      case 'reopen-logs':
        return actions.reopenLogs()
      case 'fail-health-checks':
        return actions.failHealthChecks(action.fail)
      case 'drain-listeners':
        return actions.drainListeners(action)
      case 'modify-runtime':
        return void actions.modifyRuntime(action.values)
      case 'log-level':
        if (action.component === undefined) logging.setLevel(action.level)
        else logging.setComponentLevel(action.component, action.level)
    }
  }
}
