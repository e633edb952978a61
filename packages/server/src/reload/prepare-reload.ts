import { type ConfigDiff, diffConfigs, viewBootstrap } from '@nuncio/checks'
import type { LoadResult, Problem } from '@nuncio/config'
import { changedTypes, type HttpFilterDefinition, mentionsType } from '@nuncio/filter-chain'
import { sameConfig, type SocketPlan } from '@nuncio/listener'
import { configPlace } from '@nuncio/matching'
import { checkSecret } from '@nuncio/tls'
import type { StagedClusters } from '@nuncio/upstream'
import { builtinHttpFilters } from '../builtins.ts'
import { type Bootstrap, loadConfiguration } from '../load-configuration.ts'
import type { NuncioServer } from '../nuncio-server.ts'
import { changedSecrets, mentionsSecret, type SecretsByName, secretsOf } from '../secrets/static-secrets.ts'
import { overridden } from '../test-overrides.ts'
import { bindChanges } from './bind-changes.ts'
import type { ReloadOptions } from './contracts.ts'
import { type ListenerChanges, pathInBootstrap, prepareListeners } from './listener-changes.ts'
import { withoutRestartFields } from './restart-fields.ts'
import { type ConfigSnapshot, viewed } from './snapshot.ts'

/** A reload as far as it got. */
export interface Candidate {
  readonly outcome: 'changed' | 'unchanged' | 'rejected'
  readonly problems: readonly Problem[]
  readonly texts: ReadonlyMap<string, string>
  readonly diff: ConfigDiff | undefined
  /** Puts it in use; undefined unless it is `changed`. */
  readonly apply: ((drainMs: number) => Omit<ConfigSnapshot, 'generation' | 'appliedAtMs'>) | undefined
  readonly discard: () => void
}

/** Checks a configuration and makes everything that is new in it, beside what runs. */
export async function prepareReload(
  server: NuncioServer,
  source: string | Uint8Array,
  options: ReloadOptions,
): Promise<Candidate> {
  const given = options.httpFilters ?? server.snapshot.httpFilters
  const loaded = loadConfiguration(source, { ...server.parts.options, ...options, httpFilters: given })
  const problems: Problem[] = [...loaded.problems]
  if (server.isStopping) return rejected(problems, loaded, undefined)
  if (loaded.config === undefined || problems.some(isError)) return rejected(problems, loaded, undefined)
  const reload = new Reload(server, loaded, overridden(loaded.config, server.parts.options), given, problems)
  return await reload.prepare()
}

function isError({ severity }: Problem): boolean {
  return severity === 'error'
}

function rejected(
  problems: readonly Problem[],
  { texts }: LoadResult<Bootstrap>,
  diff: ConfigDiff | undefined,
): Candidate {
  return { outcome: 'rejected', problems, texts, diff, apply: undefined, discard: () => {} }
}

class Reload {
  readonly #server: NuncioServer
  readonly #loaded: LoadResult<Bootstrap>
  readonly #bootstrap: Bootstrap
  readonly #given: readonly HttpFilterDefinition[]
  readonly #definitions: readonly HttpFilterDefinition[]
  readonly #secrets: SecretsByName
  readonly #changedSecrets: ReadonlySet<string>
  /** What names one of these is no good any more, although it is written as it was. */
  readonly #goneSecrets: ReadonlySet<string>
  readonly #problems: Problem[]
  readonly #report = (problem: Problem): void => void this.#problems.push(problem)

  constructor(
    server: NuncioServer,
    loaded: LoadResult<Bootstrap>,
    bootstrap: Bootstrap,
    given: readonly HttpFilterDefinition[],
    problems: Problem[],
  ) {
    this.#server = server
    this.#loaded = loaded
    this.#problems = problems
    this.#given = given
    this.#bootstrap = withoutRestartFields(server.snapshot.bootstrap, bootstrap, loaded.sources, this.#report)
    const before = server.parts.services.definitions.value
    this.#definitions = given === server.snapshot.httpFilters ? before : [...given, ...builtinHttpFilters]
    this.#secrets = secretsOf(this.#bootstrap)
    this.#changedSecrets = changedSecrets(server.parts.secrets.byName.value, this.#secrets)
    this.#goneSecrets = new Set([...this.#changedSecrets].filter((name) => !this.#secrets.has(name)))
  }

  async prepare(): Promise<Candidate> {
    const view = viewBootstrap(this.#loaded, this.#bootstrap)
    const diff = diffConfigs(this.#server.snapshot.view, view)
    this.#checkSecrets()
    const clusters = this.#stageClusters()
    const listeners = this.#prepareListeners()
    const discard = (): void => {
      for (const { change } of listeners.list) change.discard()
      clusters.discard()
    }
    const { texts } = this.#loaded
    const common = { problems: this.#problems, texts, diff }
    if (this.#hasErrors) {
      discard()
      return rejected(this.#problems, this.#loaded, diff)
    }
    if (this.#isUnchanged(listeners)) {
      discard()
      return { ...common, outcome: 'unchanged', apply: undefined, discard: () => {} }
    }
    clusters.begin()
    await this.#server.orStopped(Promise.all([clusters.ready(), this.#server.warmListeners(listeners.list)]))
    // What arrived meanwhile may be no good either.
    const plan = this.#hasErrors ? undefined : await bindChanges(listeners.list, this.#loaded.sources)
    if (plan === undefined || 'failure' in plan || this.#server.isStopping) {
      if (plan !== undefined && 'failure' in plan) {
        this.#report(plan.failure)
        this.#server.listenerStats.events.create_failure.inc()
      } else plan?.discard()
      discard()
      return rejected(this.#problems, this.#loaded, diff)
    }
    return {
      ...common,
      outcome: 'changed',
      apply: (drainMs) => {
        this.#apply(clusters, listeners, plan, drainMs)
        return { bootstrap: this.#bootstrap, ...viewed(view), problems: this.#problems, httpFilters: this.#given }
      },
      discard: () => {
        plan.discard()
        discard()
      },
    }
  }

  get #hasErrors(): boolean {
    return this.#problems.some(isError)
  }

  #isUnchanged({ list }: ListenerChanges): boolean {
    return (
      sameConfig(this.#server.snapshot.bootstrap, this.#bootstrap) &&
      list.every(({ change }) => change.outcome === 'unchanged')
    )
  }

  /** Those in use change under whoever uses them, so that they have to be good before. */
  #checkSecrets(): void {
    for (const [i, secret] of (this.#bootstrap.static_resources?.secrets ?? []).entries()) {
      if (!this.#changedSecrets.has(secret.name ?? '')) continue
      const path = `static_resources.secrets[${i}]`
      checkSecret(secret, configPlace(secret, { report: this.#report, sources: this.#loaded.sources, path }))
    }
  }

  #stageClusters(): StagedClusters {
    const { clusters, secrets } = this.#server.parts
    const configs = this.#bootstrap.static_resources?.clusters ?? []
    return secrets.byName.during(this.#secrets, () =>
      clusters.stage(configs, {
        report: this.#report,
        sources: this.#loaded.sources,
        touched: (config) => mentionsSecret(config, this.#goneSecrets),
      }),
    )
  }

  #prepareListeners(): ListenerChanges {
    const { listenerContext, secrets, services } = this.#server.parts
    const types = changedTypes(services.definitions.value, this.#definitions)
    const configs = this.#bootstrap.static_resources?.listeners ?? []
    const prepare = (): ListenerChanges =>
      prepareListeners(this.#server.listenersOfFile, configs, {
        pathOf: pathInBootstrap,
        context: listenerContext,
        sources: this.#loaded.sources,
        report: this.#report,
        // A certificate that changed is taken over by whoever has it; filters are made anew.
        touched: ({ filters, transport_socket: transport }) => {
          if (mentionsSecret(filters, this.#changedSecrets) || mentionsSecret(transport, this.#goneSecrets))
            return 'chain'
          return mentionsType(filters, types) ? 'last-filter' : 'nothing'
        },
      })
    return services.definitions.during(this.#definitions, () => secrets.byName.during(this.#secrets, prepare))
  }

  #apply(clusters: StagedClusters, listeners: ListenerChanges, plan: SocketPlan, drainMs: number): void {
    const { runtime, secrets, services } = this.#server.parts
    secrets.replace(this.#secrets)
    runtime.replace(this.#bootstrap.layered_runtime)
    services.definitions.replace(this.#definitions)
    clusters.commit()
    for (const { change } of listeners.list) change.commit(drainMs)
    plan.commit()
    this.#server.replaceListeners(listeners)
  }
}
