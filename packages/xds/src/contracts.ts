import type { Message, MessageName, Problem, Sources } from '@nuncio/config'
import type { StatsScope } from '@nuncio/core'

/** Where resources come from, as a configuration names it. */
export type ConfigSource = Message<'envoy.config.core.v3.ConfigSource'>

/** A resource as a response has it. */
export interface DiscoveredResource<T extends MessageName> {
  /** With errors among `problems`: what could be read of it. */
  readonly message: Message<T>
  /** In the response: `resources[0]`. */
  readonly path: string
  /** Everything that is to be said about it. */
  readonly problems: readonly Problem[]
}

/** One response: resources of one type. */
export interface DiscoveredResources<T extends MessageName> {
  /** `version_info`: opaque. */
  readonly version: string
  readonly resources: readonly DiscoveredResource<T>[]
  /** What is wrong with resources that could not be read at all, and are not among those above. */
  readonly unread: readonly Problem[]
  /** Where the resources were written. */
  readonly sources: Sources
  /** A problem with the response as a whole. */
  problem(message: string): Problem
}

/** Who wants resources. */
export interface ResourceSubscriber<T extends MessageName> {
  /**
   * Takes a response, or says why not: the errors are what the source is told (the text of a NACK). Whether the good
   * resources of a response that is refused are taken is for the type to say. The next one is not told before it is done.
   */
  onResources(response: DiscoveredResources<T>): readonly Problem[] | Promise<readonly Problem[]>
  /** A response could not be had, or not be read. What is in use stays; whoever waits for a first one waits no longer. */
  onFailure(): void
}

/** What is wanted, and from where. */
export interface ResourceWish<T extends MessageName> {
  readonly type: T
  readonly config: ConfigSource
  /** Where the statistics of the subscription stand: `cluster.a.`, `http.main.rds.local.`. */
  readonly stats: StatsScope
}

/** A place that resources come from: files, or a service. */
export interface ResourceSource {
  /** Why nothing can be had from there; '' when something can. Asked when configuration loads. */
  obstacle(config: ConfigSource): string
  /** Tells of the resources now, which may be before this returns, and whenever they change. The result ends it. */
  subscribe<T extends MessageName>(wish: ResourceWish<T>, subscriber: ResourceSubscriber<T>): () => void
}

/** All that is said of a response before anybody looks at what its resources mean. */
export function problemsOf<T extends MessageName>({ unread, resources }: DiscoveredResources<T>): Problem[] {
  return [...unread, ...resources.flatMap(({ problems }) => problems)]
}

/** Whether anything is an error. */
export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some(({ severity }) => severity === 'error')
}
