import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import http from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Command {
  readonly file: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

export interface Answer {
  readonly status: number
  readonly body: string
}

const running = new Set<ChildProcess>()
// However the benchmark ends, nothing of it goes on running. SIGTERM, because nginx must tell its workers.
process.on('exit', () => running.forEach((child) => child.kill('SIGTERM')))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

/** A program that runs in the background; what it prints goes to a file that is shown when it fails. */
export class Daemon {
  readonly #child: ChildProcess
  readonly #log: string
  #ended: string | undefined

  constructor(command: Command, prefix: readonly string[], log: string) {
    const [file = command.file, ...args] = [...prefix, command.file, ...command.args]
    const out = openSync(log, 'w')
    this.#log = log
    this.#child = spawn(file, args, { stdio: ['ignore', out, out], env: { ...process.env, ...command.env } })
    closeSync(out)
    this.#child.on('error', (error) => (this.#ended = error.message))
    running.add(this.#child)
    this.#child.on('exit', (code, signal) => {
      running.delete(this.#child)
      this.#ended ??= `ended with ${signal ?? code}`
    })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** The last lines it printed. */
  output(): string {
    return existsSync(this.#log) ? readFileSync(this.#log, 'utf8').trim().split('\n').slice(-6).join(' | ') : ''
  }

  /** Resolves when the port answers 200; rejects when the program ends or `patienceMs` are over. */
  async ready(port: number, tls: boolean, path: string, patienceMs = 15_000, ask: Ask = get): Promise<void> {
    let last = 'no answer'
    for (const began = performance.now(); performance.now() - began < patienceMs; await sleep(50)) {
      if (this.#ended) throw new Error(`${this.#ended}: ${this.output()}`)
      try {
        const { status } = await ask(port, tls, path, {})
        if (status === 200) return
        last = `answers ${status}`
      } catch (error) {
        last = error instanceof Error ? error.message : String(error)
      }
    }
    throw new Error(`not ready after ${patienceMs / 1000} s (${last}): ${this.output()}`)
  }

  /** Asks it to end, and makes it after two seconds. */
  async stop(): Promise<void> {
    if (this.#ended) return
    const ended = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()))
    this.#child.kill('SIGTERM')
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 2000)
    await ended
    clearTimeout(timer)
  }
}

type Ask = (port: number, tls: boolean, path: string, headers: Record<string, string>) => Promise<Answer>

/** As `get`, over HTTP/2 without TLS. */
export function get2(port: number, _tls: boolean, path: string, headers: Record<string, string>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const session = http2.connect(`http://127.0.0.1:${port}`)
    session.on('error', reject)
    session.setTimeout(5000, () => session.destroy(new Error('timed out')))
    const stream = session.request({ ...headers, ':path': path })
    let status = 0
    let body = ''
    stream.on('response', (head) => (status = Number(head[':status'])))
    stream.setEncoding('latin1').on('data', (text: string) => (body += text))
    stream.on('error', reject)
    stream.on('end', () => {
      session.close()
      resolve({ status, body })
    })
  })
}

/** One request on a connection of its own. */
export function get(port: number, tls: boolean, path: string, headers: Record<string, string>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, headers, agent: false, timeout: 5000, rejectUnauthorized: false }
    const request = (tls ? https : http).get(options, (response) => {
      let body = ''
      response.setEncoding('latin1').on('data', (text: string) => (body += text))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
      response.on('error', reject)
    })
    request.on('timeout', () => request.destroy(new Error('timed out')))
    request.on('error', reject)
  })
}
