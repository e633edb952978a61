import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { freePort } from '../command.ts'
import { Daemon } from '../daemon.ts'
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

  private constructor(daemon: Daemon, port: number) {
    this.daemon = daemon
    this.port = port
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
    return new BenchProxy(daemon, port)
  }

  async stop(): Promise<void> {
    await this.daemon.stop()
  }
}
