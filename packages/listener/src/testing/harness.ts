import type { Message, Problem } from '@nuncio/config'
import { emptyRuntime, SeededRandom, silentLogger, StatsStore, TimerWheel } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import { connect, type NetConnectOpts, type Socket } from 'node:net'
import type { ListenerRegistries, NetworkConnection, NetworkFilterDefinition, SecretResolver } from '../contracts.ts'
import { decideListener } from '../decide/decide-listener.ts'
import * as listenerFilters from '../listener-filters/registry.ts'
import type { ListenerContext } from '../live/context.ts'
import { Listener } from '../live/listener.ts'
import * as transportSockets from '../transport-sockets/registry.ts'

/** The type of `answer`'s configuration: `{ text?: string }`. */
export const ANSWER = 'nuncio.testing.Answer'

/** Everything that a listener in a test is made of; time stands still until it is moved. */
export class ListenerHarness {
  readonly time = new FakeTime()
  readonly stats = new StatsStore()
  readonly problems: Problem[] = []
  /** Connections that reached the terminal filter, in order. */
  readonly accepted: NetworkConnection[] = []
  readonly secrets: Record<string, Message<'envoy.extensions.transport_sockets.tls.v3.Secret'>> = {}
  /** Stands for a control plane; without it secrets cannot be subscribed to. */
  secretSubscription: SecretResolver['subscribe'] | undefined = undefined
  readonly #listeners: Listener[] = []
  readonly #sockets: Socket[] = []
  readonly #networkFilters: readonly NetworkFilterDefinition[]
  #ids = 0
  readonly #overrides: Partial<ListenerContext>

  constructor(
    options: { networkFilters?: readonly NetworkFilterDefinition[]; context?: Partial<ListenerContext> } = {},
  ) {
    this.#networkFilters = options.networkFilters ?? []
    this.#overrides = options.context ?? {}
  }

  get registries(): ListenerRegistries {
    return {
      networkFilters: [answerFilter(this), ...this.#networkFilters],
      listenerFilters: Object.values(listenerFilters),
      transportSockets: Object.values(transportSockets),
    }
  }

  get context(): ListenerContext {
    const subscribe = this.secretSubscription
    const secrets: SecretResolver = { get: (name) => this.secrets[name], ...(subscribe && { subscribe }) }
    return {
      stats: this.stats,
      time: this.time,
      wheel: this.#wheel,
      random: new SeededRandom(1),
      runtime: emptyRuntime,
      logger: silentLogger,
      registries: this.registries,
      services: undefined,
      secrets,
      nextConnectionId: () => ++this.#ids,
      ...this.#overrides,
    }
  }
  readonly #wheel = new TimerWheel(this.time, 10)

  /** Decides and makes a listener; problems are kept in `problems`, errors throw. */
  make(config: Message<'envoy.config.listener.v3.Listener'>): Listener {
    const { info, problems } = decideListener(config, { registries: this.registries })
    this.problems.push(...problems)
    const listener = info && new Listener(info, this.context)
    if (listener !== undefined) this.#listeners.push(listener)
    const errors = [...problems, ...(listener?.problems ?? [])].filter((problem) => problem.severity === 'error')
    if (listener === undefined || errors.length > 0)
      throw new Error(errors.map((problem) => `${problem.path}: ${problem.message}`).join('\n'))
    return listener
  }

  /** Makes a listener and has it listen. Left out: an address on a free port, and a chain that answers. */
  async listen(config: Message<'envoy.config.listener.v3.Listener'>): Promise<Listener> {
    const listener = this.make({
      name: 'test',
      stat_prefix: 'test',
      address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
      filter_chains: [{ filters: [answer('hello')] }],
      ...config,
    })
    await listener.ready()
    await listener.listen()
    return listener
  }

  /** Connects to a listener's first address. */
  connect(listener: Listener, options: Partial<NetConnectOpts & { localAddress: string }> = {}): Socket {
    const at = listener.addresses[0]
    const socket = connect({ host: at?.address, port: at?.port, ...options } as NetConnectOpts)
    this.#sockets.push(socket)
    return socket.on('error', () => {})
  }

  /** Connects, writes, and answers all that came back until the other side closed. */
  async talk(
    listener: Listener,
    write: string | Uint8Array = '',
    options: Partial<NetConnectOpts & { localAddress: string }> = {},
  ): Promise<string> {
    const socket = this.connect(listener, options)
    if (write.length > 0) socket.write(write)
    return read(socket)
  }

  counter(name: string): number {
    return this.stats.counters.get(`listener.test.${name}`)?.value ?? 0
  }
  gauge(name: string): number {
    return this.stats.gauges.get(`listener.test.${name}`)?.value ?? 0
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await Promise.all(this.#listeners.map((listener) => listener.close()))
  }
}

/** A network filter's configuration that answers with a text and closes; without a text it keeps the connection. */
export function answer(text?: string): Message<'envoy.config.listener.v3.Filter'> {
  return { name: 'answer', typed_config: { '@type': ANSWER, ...(text !== undefined && { text }) } }
}

/** Reads until the other side closed, or reset. */
export function read(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
    socket.on('close', () => resolve(text))
  })
}

/** Waits until something is true; for what sockets do in their own time. */
export async function until(condition: () => boolean): Promise<void> {
  // Turns of the event loop, not time: what is waited for is on its way already.
  for (let turns = 0; !condition(); turns++) {
    if (turns === 20_000) throw new Error(`waited in vain for ${condition.toString()}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function answerFilter(harness: ListenerHarness): NetworkFilterDefinition {
  return {
    name: 'answer',
    config: { type: ANSWER, honours: {} },
    stability: 'stable',
    terminal: true,
    create: (config) => {
      const { text } = config as { text?: string }
      return {
        accept: (connection) => {
          harness.accepted.push(connection)
          if (text === undefined) {
            connection.socket.resume()
            connection.socket.on('end', () => connection.close('flush', 'remote_close'))
            return
          }
          connection.socket.write(text)
          connection.close('flush-and-wait', 'answered')
        },
      }
    },
  }
}
