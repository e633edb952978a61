import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../bench/command.ts'
import { Daemon } from '../bench/daemon.ts'
import { soakConfig, type SoakPorts } from './config.ts'
import { inspectable } from './live-heap.ts'
import { lookInside, type Moment, type Sample, takeSample } from './sample.ts'

const BIN = path.resolve(import.meta.dirname, '../../apps/proxy/src/bin.ts')
const ORIGIN = fileURLToPath(new URL('processes/origin.ts', import.meta.url))

/** An origin and a proxy in processes of their own, in a folder that goes with them. */
export class SoakStage {
  readonly ports: SoakPorts
  readonly #inspector: number
  readonly #folder: string
  readonly #started: Daemon[] = []
  #proxy: Daemon | undefined = undefined

  private constructor(ports: SoakPorts, inspector: number) {
    this.ports = ports
    this.#inspector = inspector
    this.#folder = mkdtempSync(path.join(tmpdir(), 'nuncio-soak-'))
  }

  /** Settles when both serve; `flags` are those of the proxy beside its file. */
  static async begin(flags: readonly string[]): Promise<SoakStage> {
    const ports = { main: await freePort(), extra: await freePort(), admin: await freePort(), origin: await freePort() }
    const stage = new SoakStage(ports, await freePort())
    try {
      await stage.#begin(flags)
    } catch (error) {
      await stage.end()
      throw error
    }
    return stage
  }

  get file(): string {
    return path.join(this.#folder, 'envoy.yaml')
  }

  sample(): Promise<Sample> {
    return takeSample(this.#proxy!.pid, this.ports.admin)
  }

  async look(sample?: Sample): Promise<Moment> {
    return lookInside(sample ?? (await this.sample()), this.#inspector)
  }

  async end(): Promise<void> {
    await Promise.all(this.#started.map((daemon) => daemon.stop()))
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #begin(flags: readonly string[]): Promise<void> {
    const { main, origin } = this.ports
    writeFileSync(this.file, soakConfig(this.ports, 0))
    await this.#start('origin', [ORIGIN, String(origin)]).ready(origin, false, '/begin')
    const args = [inspectable(this.#inspector), '--conditions=@nuncio/source', BIN, '-c', this.file, '-l', 'critical']
    this.#proxy = this.#start('proxy', [...args, ...flags])
    await this.#proxy.ready(main, false, '/begin')
  }

  #start(name: string, args: readonly string[]): Daemon {
    const daemon = new Daemon({ file: process.execPath, args }, [], path.join(this.#folder, `${name}.log`))
    this.#started.push(daemon)
    return daemon
  }
}
