// npm run bench:overload -- [--seconds 10] [--factor 5] [--connections 400] [--without]
//
// A proxy that is offered several times what it can carry: what the requests that it admits take, what the others get, and how
// soon all is well again. `--without` leaves the overload manager out, for comparison. Needs wrk and h2load.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { captureAsync } from '../command.ts'
import { get } from '../daemon.ts'
import { findWrk } from '../load/wrk.ts'
import { describeMachine } from '../machine.ts'
import { startOrigin } from '../origin/origin.ts'
import { choosePinning } from '../pinning.ts'
import { BenchProxy } from '../workers/proxy.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    factor: { type: 'string', default: '5' },
    connections: { type: 'string', default: '400' },
    without: { type: 'boolean', default: false },
  },
})
const [seconds, factor, connections] = [Number(values.seconds), Number(values.factor), Number(values.connections)]

/** Sheds more and more requests while the event loop is between 2 and 20 ms late; looks ten times a second. */
const MANAGER = {
  refresh_interval: '0.1s',
  resource_monitors: [
    {
      name: 'loop',
      typed_config: {
        '@type': 'type.googleapis.com/nuncio.resource_monitors.event_loop_delay.v1.EventLoopDelayConfig',
        max_delay: '0.02s',
      },
    },
  ],
  actions: [
    {
      name: 'envoy.overload_actions.stop_accepting_requests',
      triggers: [{ name: 'loop', scaled: { scaling_threshold: 0.1, saturation_threshold: 1 } }],
    },
  ],
}

interface Seen {
  readonly admitted: readonly number[]
  readonly refused: readonly number[]
  readonly failed: number
}

/** Offers so many requests a second over many connections, whatever becomes of them; latencies in ms, ascending. */
async function offer(port: number, rate: number, over: number, forSeconds: number, folder: string): Promise<Seen> {
  const log = path.join(folder, 'h2load.log')
  rmSync(log, { force: true })
  const each = Math.max(1, Math.round(rate / over))
  const words = ['h2load', '--h1', `-c${over}`, `-D${forSeconds}`, `--rps=${each}`, `--log-file=${log}`]
  await captureAsync([...choosePinning().loadPrefix, ...words, `http://127.0.0.1:${port}/`])
  const rows = readFileSync(log, 'latin1')
    .trim()
    .split('\n')
    .map((line) => line.split('\t'))
  const of = (status: string): number[] =>
    rows.filter((row) => row[1] === status).map((row) => Number(row[2]) / 1000).toSorted((a, b) => a - b) // prettier-ignore
  const [admitted, refused] = [of('200'), of('503')]
  return { admitted, refused, failed: rows.length - admitted.length - refused.length }
}

const at = (sorted: readonly number[], q: number): number => sorted[Math.floor(sorted.length * q)] ?? Number.NaN
const ms = (value: number): string => `${value.toFixed(1)} ms`

/** How long until ten requests in a row are answered, ms. */
async function recovery(port: number): Promise<number> {
  const began = performance.now()
  for (let good = 0; good < 10;) {
    const { status } = await get(port, false, '/', {}).catch(() => ({ status: 0 }))
    good = status === 200 ? good + 1 : 0
  }
  return performance.now() - began
}

const folder = mkdtempSync(path.join(tmpdir(), 'nuncio-overload-'))
const wrk = findWrk()
if (wrk === undefined) throw new Error('wrk is not installed')
const { loadPrefix, proxyPrefix, about } = choosePinning()
console.log([...describeMachine(), about].join('; '))
const origin = await startOrigin({ bodyBytes: 1024, webSocket: false }, folder, loadPrefix)
try {
  const more = values.without ? {} : { overload_manager: MANAGER }
  const proxy = await BenchProxy.start(folder, origin.ports, 1, { more, prefix: proxyPrefix })
  const plan = { port: proxy.port, tls: false, paths: ['/'], connections: 8, newConnections: false, seconds: 4 }
  await wrk.run(plan, loadPrefix)
  const { requests, seconds: took } = await wrk.run(plan, loadPrefix)
  const capacity = requests / took
  const calm = await offer(proxy.port, capacity / 5, 20, 4, folder)
  const loaded = await offer(proxy.port, capacity * factor, connections, seconds, folder)
  const recoveredMs = await recovery(proxy.port)
  const all = loaded.admitted.length + loaded.refused.length + loaded.failed
  const [before, during] = [at(calm.admitted, 0.99), at(loaded.admitted, 0.99)]
  console.log(`capacity ${Math.round(capacity)} requests/s; unloaded (a fifth of it) p99 ${ms(before)}`)
  console.log(`offered ${factor} times that over ${connections} connections: ${Math.round(all / seconds)} answers/s`)
  console.log(
    `  admitted ${Math.round(loaded.admitted.length / seconds)}/s: p50 ${ms(at(loaded.admitted, 0.5))}, p99 ${ms(during)} = ${(during / before).toFixed(1)} times the unloaded`,
  )
  console.log(
    `  refused ${Math.round(loaded.refused.length / seconds)}/s with 503: p50 ${ms(at(loaded.refused, 0.5))}, p99 ${ms(at(loaded.refused, 0.99))}; ${loaded.failed} failed otherwise`,
  )
  console.log(`recovered after ${ms(recoveredMs)}`)
  await proxy.stop()
} finally {
  await origin.stop()
  rmSync(folder, { recursive: true, force: true })
}
