import { spawn, spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'

/** Debian keeps daemons here, and a plain user's PATH leaves it out. */
const EXTRA_FOLDERS = ['/usr/sbin', '/usr/local/sbin']

/** Where a command is, or undefined. */
export function commandPath(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(path.delimiter), ...EXTRA_FOLDERS]
  return folders.map((folder) => path.join(folder, name)).find((file) => isExecutable(file))
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** What a command prints on both streams; programs disagree about where a version goes. */
export function capture(command: string, args: readonly string[]): string {
  const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: 20_000 })
  return `${stdout ?? ''}${stderr ?? ''}`.trim()
}

/** What a command prints on standard output; rejects with its standard error when it fails. */
export function captureAsync(words: readonly string[]): Promise<string> {
  const [command = '', ...args] = words
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let out = ''
    let err = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
    child.on('error', reject)
    child.on('close', (code) =>
      code === 0 ? resolve(out) : reject(new Error(`${command} ended with ${code}: ${err.slice(0, 800)}`)),
    )
  })
}

/** A port of 127.0.0.1 that is free now: for programs that cannot be told to take any. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
