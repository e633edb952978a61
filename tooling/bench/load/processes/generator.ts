// node generator.ts PLAN-AS-JSON: drives load for some seconds and prints the result as JSON.
import net from 'node:net'
import tls from 'node:tls'
import { Histogram } from '../histogram.ts'
import { REQUEST_HEADERS, type LoadPlan, type LoadResult } from '../load.ts'
import { ResponseScanner } from '../response-scanner.ts'

const plan = JSON.parse(process.argv[2] ?? '{}') as LoadPlan
const close = plan.newConnections ? 'Connection: close\r\n' : ''
const headers = REQUEST_HEADERS.map(([name, value]) => `${name}: ${value}\r\n`).join('')
const requests = plan.paths.map((path) => Buffer.from(`GET ${path} HTTP/1.1\r\n${headers}${close}\r\n`))

const histogram = new Histogram()
let done = 0
let errors = 0
let turn = 0
let running = true
let open = 0

function connect(): net.Socket {
  const target = { host: '127.0.0.1', port: plan.port }
  return plan.tls
    ? tls.connect({ ...target, rejectUnauthorized: false, servername: 'bench.example' })
    : net.connect(target)
}

/** One connection, one request at a time, until the time is over. A connection that breaks is made anew. */
class Client {
  readonly #socket: net.Socket
  readonly #scanner = new ResponseScanner()
  #began = 0
  #waiting = false

  constructor() {
    open++
    // The time of a new connection counts as part of its request.
    this.#began = performance.now()
    this.#socket = connect()
    this.#socket.setNoDelay(true)
    this.#socket.once(plan.tls ? 'secureConnect' : 'connect', () => this.#send())
    this.#socket.on('data', (chunk: Buffer) => this.#onData(chunk))
    this.#socket.on('error', () => errors++)
    this.#socket.on('close', () => this.#onClose())
  }

  #send(): void {
    if (!plan.newConnections) this.#began = performance.now()
    this.#waiting = true
    const request = requests[turn++ % requests.length]
    if (request) this.#socket.write(request)
  }

  #onData(chunk: Buffer): void {
    if (!this.#scanner.push(chunk)) return
    this.#waiting = false
    done++
    if (this.#scanner.status !== 200) errors++
    histogram.record((performance.now() - this.#began) * 1000)
    if (plan.newConnections || !running || this.#scanner.closes) this.#socket.end()
    else this.#send()
  }

  #onClose(): void {
    open--
    if (this.#waiting && running) errors++
    if (running) new Client()
    else if (open === 0) finish()
  }
}

const began = performance.now()
let seconds = plan.seconds

function finish(): void {
  const result: LoadResult = {
    requests: done,
    seconds,
    errors,
    p50Ms: histogram.quantile(0.5) / 1000,
    p99Ms: histogram.quantile(0.99) / 1000,
  }
  process.stdout.write(JSON.stringify(result), () => process.exit(0))
}

for (let i = 0; i < plan.connections; i++) new Client()
setTimeout(() => {
  running = false
  seconds = (performance.now() - began) / 1000
  // Requests in flight may finish; what still hangs after a second is left.
  setTimeout(finish, 1000).unref()
  if (open === 0) finish()
}, plan.seconds * 1000)
