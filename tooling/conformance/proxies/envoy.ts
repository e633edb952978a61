import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { capture } from '../../bench/command.ts'
import { locateEnvoy } from '../../bench/peers/envoy.ts'
import { eventually } from '../client/waiting.ts'
import { admin, listenerPorts, type Proxy } from './proxy.ts'

const START_MS = 20_000

/** Envoy did not start on a configuration; the message has what it printed. */
export class NotStarted extends Error {
  override readonly name = 'NotStarted'
}

/** The real Envoy of this machine, if there is one. */
export class EnvoyBinary {
  readonly file: string
  readonly version: string

  private constructor(file: string) {
    this.file = file
    this.version = /\/(\d+\.\d+\.\d+[\w-]*)\//.exec(capture(file, ['--version']))?.[1] ?? '?'
  }

  static find(): EnvoyBinary | undefined {
    const file = locateEnvoy()
    return file === undefined ? undefined : new EnvoyBinary(file)
  }

  /** Starts it on a configuration in a folder of its own; throws `NotStarted` when it does not start. */
  async start(configuration: string, folder: string): Promise<Proxy> {
    const file = path.join(folder, 'envoy.yaml')
    const address = path.join(folder, 'envoy-admin')
    writeFileSync(file, configuration)
    const once = ['--concurrency', '1', '--disable-hot-restart', '--file-flush-interval-msec', '5', '-l', 'error']
    const child = spawn(this.file, ['-c', file, '--admin-address-path', address, ...once], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let output = ''
    let ended = false
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.on('exit', () => (ended = true))
    const up = await eventually(
      START_MS,
      () => ended || (existsSync(address) && readFileSync(address, 'utf8') !== ''),
      5,
    )
    const [, port] = up && !ended ? /:(\d+)$/.exec(readFileSync(address, 'utf8'))! : []
    if (port === undefined) throw new NotStarted(`Envoy does not start: ${output.slice(0, 2000)}`)
    const adminPort = Number(port)
    const ready = async (): Promise<boolean> =>
      ended || (await admin({ adminPort }, '/ready').catch(() => undefined))?.status === 200
    await eventually(START_MS, ready, 5)
    if (ended) throw new NotStarted(`Envoy does not start: ${output.slice(0, 2000)}`)
    return {
      name: 'envoy',
      adminPort,
      ports: await listenerPorts(adminPort),
      [Symbol.asyncDispose]: async () => {
        child.kill('SIGKILL')
        await eventually(2000, () => ended, 2)
      },
    }
  }

  /** Whether it takes a configuration, and what it says when it does not. */
  async validate(configuration: string, folder: string): Promise<string | undefined> {
    const file = path.join(folder, 'validate.yaml')
    writeFileSync(file, configuration)
    const child = spawn(this.file, ['-c', file, '--mode', 'validate', '-l', 'error', '--disable-hot-restart'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text))
    }
    const code = await new Promise((resolve) => child.on('close', resolve))
    return code === 0 ? undefined : output.trim()
  }
}
