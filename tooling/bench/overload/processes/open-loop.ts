// node open-loop.ts PLAN-AS-JSON: sends requests when they are due, answered or not, and prints what became of them.
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { REQUEST_HEADERS } from '../../load/load.ts'
import { ResponseScanner } from '../../load/response-scanner.ts'
import type { OfferPlan, Phase, PhaseSeen, Timed } from '../offer.ts'

const plan = JSON.parse(process.argv[2] ?? '{}') as OfferPlan
const head = REQUEST_HEADERS.map(([name, value]) => `${name}: ${value}\r\n`).join('')
const REQUEST = Buffer.from(`GET / HTTP/1.1\r\n${head}\r\n`)

/** What a phase has seen so far. */
class Seen {
  readonly began = performance.now()
  readonly admitted: Timed[] = []
  readonly refused: Timed[] = []
  readonly late: number[] = []
  failed = 0
}

/** Connections on which nothing is under way; the one that has waited longest is next. */
const idle: Connection[] = []

class Connection {
  readonly #socket: Socket
  readonly #scanner = new ResponseScanner()
  #seen: Seen | undefined = undefined
  #sentAt = 0

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => this.#scanner.push(chunk) && this.#answered())
    socket.on('error', () => {})
    socket.on('close', () => this.#broken())
  }

  static async open(): Promise<void> {
    const socket = connect({ port: plan.port, host: '127.0.0.1' })
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    idle.push(new Connection(socket))
  }

  send(seen: Seen): void {
    this.#seen = seen
    this.#sentAt = performance.now()
    this.#socket.write(REQUEST)
  }

  #answered(): void {
    const seen = this.#seen!
    const timed: Timed = [this.#sentAt - seen.began, performance.now() - this.#sentAt]
    this.#seen = undefined
    if (this.#scanner.status === 200) seen.admitted.push(timed)
    else if (this.#scanner.status === 503) seen.refused.push(timed)
    else seen.failed++
    idle.push(this)
  }

  #broken(): void {
    const at = idle.indexOf(this)
    if (at >= 0) idle.splice(at, 1)
    if (this.#seen !== undefined) this.#seen.failed++
    this.#seen = undefined
    if (!over) void Connection.open().catch(() => {})
  }
}

let over = false

/** Sends what is due, about each millisecond; gaps are exponential, as those of many clients that know nothing of each other. */
async function run({ rate, seconds }: Phase): Promise<Seen> {
  const seen = new Seen()
  const gap = (): number => (-Math.log(1 - Math.random()) * 1000) / rate
  const end = seen.began + seconds * 1000
  let due = seen.began + gap()
  while (due < end) {
    const now = performance.now()
    for (; due <= now; due += gap()) {
      seen.late.push(now - due)
      const connection = idle.shift()
      if (connection === undefined) seen.failed++
      else connection.send(seen)
    }
    await sleep(1)
  }
  return seen
}

await Promise.all(Array.from({ length: plan.connections }, () => Connection.open()))
const all: Seen[] = []
for (const phase of plan.phases) all.push(await run(phase))
// What is under way is waited for.
const patience = performance.now() + 5000
while (idle.length < plan.connections && performance.now() < patience) await sleep(10)
over = true
const result = all.map(({ admitted, refused, failed, late }): PhaseSeen => {
  const lateMs = late.toSorted((a, b) => a - b)[Math.floor(late.length * 0.99)] ?? 0
  return { admitted, refused, failed, lateMs }
})
process.stdout.write(JSON.stringify(result), () => process.exit(0))
