import { type ChildProcess, spawn } from 'node:child_process'
import { connect, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { read } from '../testing/index.ts'

// A process with few file descriptors, and more clients than it has.

const TESTING = fileURLToPath(new URL('../testing/index.ts', import.meta.url))
const LISTENER = fileURLToPath(new URL('../index.ts', import.meta.url))

let child: ChildProcess | undefined
const sockets: Socket[] = []
afterEach(() => {
  child?.kill()
  for (const socket of sockets.splice(0)) socket.destroy()
})

/** A listener with two chains: 127.0.0.2 is answered and closed, all others are kept. Tells its port, then counters when asked. */
const script = (limited: boolean): string => `
  import { answer, ListenerHarness } from ${JSON.stringify(TESTING)}
  import { fileDescriptorLimit, GlobalConnectionLimit } from ${JSON.stringify(LISTENER)}
  const admission = new GlobalConnectionLimit(() => fileDescriptorLimit() - 40)
  const harness = new ListenerHarness({ context: ${limited ? '{ admission }' : '{}'} })
  const match = { source_prefix_ranges: [{ address_prefix: '127.0.0.2', prefix_len: 32 }] }
  const chains = [{ filter_chain_match: match, filters: [answer('hello')] }, { filters: [answer()] }]
  const listener = await harness.listen({ filter_chains: chains })
  process.stdin.on('data', () => console.log(JSON.stringify({ overflow: harness.counter('downstream_global_cx_overflow'), open: listener.connectionCount })))
  console.log(JSON.stringify(listener.addresses[0]))
`

async function start(
  limited: boolean,
): Promise<{ port: number; ask: () => Promise<{ overflow: number; open: number }> }> {
  const args = [
    '-c',
    'ulimit -n 80; exec "$0" "$@"',
    process.execPath,
    '--conditions=@nuncio/source',
    '--input-type=module',
    '-e',
    script(limited),
  ]
  const started = spawn('sh', args, { stdio: ['pipe', 'pipe', 'inherit'] })
  child = started
  const lines: string[] = []
  const waiting: ((line: string) => void)[] = []
  started.stdout.on('data', (chunk: Buffer) => {
    for (const line of chunk.toString().trim().split('\n')) {
      const next = waiting.shift()
      if (next === undefined) lines.push(line)
      else next(line)
    }
  })
  const line = (): Promise<string> =>
    new Promise((resolve) => (lines.length > 0 ? resolve(lines.shift()!) : waiting.push(resolve)))
  const { port } = JSON.parse(await line()) as { port: number }
  return {
    port,
    ask: async () => {
      started.stdin.write('?')
      return JSON.parse(await line()) as { overflow: number; open: number }
    },
  }
}

function crowd(port: number, count: number): Promise<void[]> {
  return Promise.all(
    Array.from({ length: count }, () => {
      const socket = connect(port, '127.0.0.1')
      sockets.push(socket)
      socket.on('error', () => {})
      return new Promise<void>((resolve) => socket.once('connect', resolve))
    }),
  )
}

const hello = (port: number): Promise<string> =>
  read(connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' }).on('error', () => {}))

async function helloAgain(port: number): Promise<string> {
  const until = performance.now() + 5000
  let text = ''
  while (text === '' && performance.now() < until) {
    text = await hello(port)
  }
  return text
}

async function askUntil<T>(ask: () => Promise<T>, settled: (seen: T) => boolean): Promise<T> {
  const until = performance.now() + 5000
  let seen = await ask()
  while (!settled(seen) && performance.now() < until) seen = await ask()
  return seen
}

test.each([
  ['with a global limit the rest is closed and counted', true],
  ['without one the system closes the rest', false],
])('more clients than file descriptors: %s; and all is well when they are gone', async (_, limited) => {
  const { port, ask } = await start(limited)
  await crowd(port, 150)
  // Clients are connected once they wait in the backlog; the listener may not have come to all of them yet.
  const { open, overflow } = await askUntil(ask, (seen) => seen.open > 20 && (!limited || seen.overflow > 0))
  expect(open).toBeGreaterThan(20)
  expect(open).toBeLessThan(80)
  expect(overflow > 0).toBe(limited)
  for (const socket of sockets.splice(0)) socket.destroy()
  expect(await helloAgain(port)).toBe('hello')
  expect(child!.exitCode).toBeNull()
})
