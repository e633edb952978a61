import type { LoadOptions, MessageName, Problem } from '@nuncio/config'
import type { Logger, TimeSource } from '@nuncio/core'
import {
  type ConfigSource,
  type DiscoveredResources,
  hasErrors,
  problemsOf,
  type ResourceSource,
  type ResourceSubscriber,
  type ResourceWish,
} from '../contracts.ts'
import { readResponse } from '../read-response.ts'
import { SubscriptionStats } from '../subscription-stats.ts'

/** What files are read with. */
export interface FileSourceOptions {
  readonly time: TimeSource
  readonly logger: Logger
  /** How resources are read; asked each time, since what filters there are may change. */
  readonly loading: () => LoadOptions
  /** Throws when it cannot be read. */
  readonly readFile: (file: string) => Uint8Array
  readonly exists: (file: string) => boolean
  /**
   * Calls back when a file is another one, or says something else; the result ends it. Absent: files are read once, and
   * what they say is not put in use.
   */
  readonly watch?: (file: string, watchedDirectory: string | undefined, onChange: () => void) => () => void
}

/** Resources in files: each holds a DiscoveryResponse, and is read again when it changes. */
export class FileSource implements ResourceSource {
  readonly #options: FileSourceOptions
  readonly #ends = new Set<() => void>()

  constructor(options: FileSourceOptions) {
    this.#options = options
  }

  obstacle(config: ConfigSource): string {
    const file = fileOf(config)
    if (file === undefined) return 'resources are read from files only: use path_config_source'
    if (file.endsWith('.pb_text')) return 'files of text protobuf cannot be read: write YAML, JSON or .pb'
    return this.#options.exists(file) ? '' : `the file ${JSON.stringify(file)} does not exist`
  }

  subscribe<T extends MessageName>(wish: ResourceWish<T>, subscriber: ResourceSubscriber<T>): () => void {
    const subscription = new FileSubscription(wish, subscriber, this.#options)
    subscription.read()
    const directory = wish.config.path_config_source?.watched_directory?.path
    const unwatch = this.#options.watch?.(subscription.file, directory, () => subscription.read())
    const end = (): void => {
      this.#ends.delete(end)
      unwatch?.()
    }
    this.#ends.add(end)
    return end
  }

  /** Ends all subscriptions. */
  close(): void {
    for (const end of this.#ends) end()
  }
}

function fileOf(config: ConfigSource): string | undefined {
  return config.path_config_source?.path ?? config.path
}

class FileSubscription<T extends MessageName> {
  readonly file: string
  readonly #wish: ResourceWish<T>
  readonly #subscriber: ResourceSubscriber<T>
  readonly #options: FileSourceOptions
  readonly #stats: SubscriptionStats
  /** A response is being taken; meanwhile changes are noted. */
  #busy = false
  #changed = false

  constructor(wish: ResourceWish<T>, subscriber: ResourceSubscriber<T>, options: FileSourceOptions) {
    this.file = fileOf(wish.config) ?? ''
    this.#wish = wish
    this.#subscriber = subscriber
    this.#options = options
    this.#stats = new SubscriptionStats(wish.stats)
  }

  read(): void {
    if (this.#busy) {
      this.#changed = true
      return
    }
    const { file } = this
    this.#stats.attempt.inc()
    let bytes: Uint8Array
    try {
      bytes = this.#options.readFile(file)
    } catch (error) {
      return this.#failed('failure', [unreadable(file, error)])
    }
    const read = readResponse(this.#wish.type, bytes, { ...this.#options.loading(), file }, file.endsWith('.pb'))
    if (!('response' in read)) return this.#failed(read.readable ? 'rejected' : 'failure', read.problems)
    const { response } = read
    const answer = this.#subscriber.onResources(response)
    if (answer instanceof Promise) this.#wait(response, answer)
    else this.#answered(response, answer)
  }

  #wait(response: DiscoveredResources<T>, answer: Promise<readonly Problem[]>): void {
    this.#busy = true
    const refused = (error: unknown): readonly Problem[] => [response.problem(`it cannot be used: ${String(error)}`)]
    void answer.catch(refused).then((refusal) => this.#done(response, refusal))
  }

  #done(response: DiscoveredResources<T>, refusal: readonly Problem[]): void {
    this.#busy = false
    this.#answered(response, refusal)
    if (!this.#changed) return
    this.#changed = false
    this.read()
  }

  #answered(response: DiscoveredResources<T>, refusal: readonly Problem[]): void {
    if (hasErrors(refusal)) return this.#refused(refusal)
    this.#stats.taken(response.version, this.#options.time.wallMs())
    const { version, resources } = response
    this.#tell(problemsOf(response))
    if (this.#options.watch !== undefined)
      this.#options.logger.log('info', `${this.file} is in use`, { version, resources: resources.length })
  }

  #failed(counted: 'failure' | 'rejected', problems: readonly Problem[]): void {
    this.#stats[counted].inc()
    this.#tell(problems)
    this.#subscriber.onFailure()
  }

  #refused(problems: readonly Problem[]): void {
    this.#stats.rejected.inc()
    this.#tell(problems)
  }

  #tell(problems: readonly Problem[]): void {
    for (const { file, line, message, path, severity } of problems) {
      const at = path === '' ? `${file}:${line}` : `${file}:${line}: ${path}`
      this.#options.logger.log(severity === 'error' ? 'error' : 'warning', `${at}: ${message}`)
    }
  }
}

function unreadable(file: string, error: unknown): Problem {
  const message = `it cannot be read: ${(error as { readonly code?: string }).code ?? String(error)}`
  return { code: 'unreadable', severity: 'error', path: '', file, line: 1, column: 1, message, hint: '' }
}
