import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../command.ts'
import { Daemon, get } from '../daemon.ts'
import { type BenchOptions, bootstrap } from './config.ts'

const NUNCIO = path.resolve(import.meta.dirname, '../../../apps/proxy/src/bin.ts')

export interface StartOptions extends BenchOptions {
  /** Modules of filters. */
  readonly filters?: readonly string[]
  readonly prefix?: readonly string[]
  /** Answered with 200 by the origin. */
  readonly path?: string
}

/** nuncio over an origin, with so many workers. */
export class BenchProxy {
  readonly daemon: Daemon
  readonly port: number
  readonly #adminPort: number

  private constructor(daemon: Daemon, port: number, adminPort: number) {
    this.daemon = daemon
    this.port = port
    this.#adminPort = adminPort
  }

  static async start(
    folder: string,
    origins: readonly number[],
    workers: number,
    options: StartOptions = {},
  ): Promise<BenchProxy> {
    const [port, adminPort] = [await freePort(), await freePort()]
    const file = path.join(folder, `envoy-${port}.yaml`)
    writeFileSync(file, bootstrap({ port, adminPort, origins }, options))
    const flags = ['--no-watch', '--drain-time-s', '5', '-l', 'warning', '--concurrency', String(workers)]
    for (const filter of options.filters ?? []) flags.push('--filter', filter)
    const args = ['--conditions=@nuncio/source', NUNCIO, '-c', file, ...flags]
    const daemon = new Daemon({ file: process.execPath, args }, options.prefix ?? [], path.join(folder, `${port}.log`))
    await daemon.ready(port, false, options.path ?? '/', 60_000)
    // The admin is the last to listen.
    await daemon.ready(adminPort, false, '/ready', 60_000)
    return new BenchProxy(daemon, port, adminPort)
  }

  /** `POST`s to the admin; throws unless it says 200. */
  async post(at: string): Promise<void> {
    const response = await fetch(`http://127.0.0.1:${this.#adminPort}${at}`, { method: 'POST' })
    if (response.status !== 200) throw new Error(`${at}: ${await response.text()}`)
  }

  async info(): Promise<{
    readonly pid: number
    readonly workers: readonly { readonly pid: number; readonly slot: number }[]
  }> {
    const { body } = await get(this.#adminPort, false, '/server_info', {})
    return JSON.parse(body) as { pid: number; workers: { pid: number; slot: number }[] }
  }

  async stat(name: string): Promise<number> {
    const { body } = await get(this.#adminPort, false, `/stats?filter=^${name}$`, {})
    return Number(/: (\d+)/.exec(body)?.[1] ?? 0)
  }

  /** Waits until so many workers serve again after so many deaths. */
  async recovered(deaths: number, workers: number): Promise<void> {
    while ((await this.stat('workers.died')) < deaths || (await this.stat('workers.serving')) < workers) await sleep(50)
  }

  /** Also when another process has taken over from the one that was started. */
  async stop(): Promise<void> {
    try {
      process.kill((await this.info()).pid, 'SIGTERM')
    } catch {
      // It has ended, or one worker serves in the process itself.
    }
    await this.daemon.stop()
  }
}
