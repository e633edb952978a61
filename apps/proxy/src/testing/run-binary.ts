import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { untilWritten } from './until-written.ts'

const BIN = path.join(import.meta.dirname, '../bin.ts')

/** The command line that runs the binary from its sources. */
export function binary(...args: string[]): ChildProcess {
  return spawn(process.execPath, ['--conditions=@nuncio/source', BIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
}

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the binary to its end. */
export async function runToEnd(...args: string[]): Promise<Outcome> {
  const child = binary(...args)
  let stdout = ''
  let stderr = ''
  child.stdout!.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr!.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

/** The binary serving a configuration, with its listeners' ports by name. */
export class ServingBinary implements AsyncDisposable {
  readonly child: ChildProcess
  readonly ports: ReadonlyMap<string, number>
  readonly admin: string
  readonly #folder: string
  readonly log: () => string

  /** Its configuration. */
  get file(): string {
    return path.join(this.#folder, 'envoy.yaml')
  }

  private constructor(
    child: ChildProcess,
    ports: ReadonlyMap<string, number>,
    admin: string,
    folder: string,
    log: () => string,
  ) {
    this.child = child
    this.ports = ports
    this.admin = admin
    this.#folder = folder
    this.log = log
  }

  /** Starts it, or the command that the first argument names; the configuration needs an admin on port 0. */
  static async start(yaml: string, ...args: string[]): Promise<ServingBinary> {
    const folder = mkdtempSync(path.join(tmpdir(), 'nuncio-test-'))
    writeFileSync(path.join(folder, 'envoy.yaml'), yaml)
    const addressFile = path.join(folder, 'admin')
    const command = args[0]?.startsWith('-') === false ? args.slice(0, 1) : []
    const child = binary(
      ...command,
      '-c',
      path.join(folder, 'envoy.yaml'),
      '--admin-address-path',
      addressFile,
      '-l',
      'warning',
      ...args.slice(command.length),
    )
    let log = ''
    child.stderr!.on('data', (chunk: Buffer) => (log += chunk.toString()))
    const admin = await untilWritten(addressFile, child).catch((error: Error) => {
      throw new Error(`${error.message}: ${log}`)
    })
    const { listener_statuses } = (await (await fetch(`http://${admin}/listeners?format=json`)).json()) as {
      listener_statuses?: { name: string; local_address: { socket_address: { port_value: number } } }[]
    }
    const ports = new Map(
      (listener_statuses ?? []).map((status) => [status.name, status.local_address.socket_address.port_value]),
    )
    return new ServingBinary(child, ports, admin, folder, () => log)
  }

  /** Waits until it logs this, in what comes behind the first `from` characters of its log. */
  async logs(what: RegExp, from = 0): Promise<RegExpExecArray> {
    for (;;) {
      const found = what.exec(this.log().slice(from))
      if (found !== null) return found
      await once(this.child.stderr!, 'data')
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode
    const closed = once(this.child, 'close') as Promise<[number | null]>
    this.child.kill(signal)
    const [code] = await closed
    return code
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL')
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
