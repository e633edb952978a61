import { Http1Connection } from '../client/http1-client.ts'
import { Http2Connection } from '../client/http2-client.ts'
import { RawConnection } from '../client/raw-client.ts'
import type { When } from '../client/pieces.ts'
import { eventually, pause } from '../client/waiting.ts'
import type { AdminStep, RawStep, RequestStep, Step } from '../model/document.ts'
import type { Origin } from '../origins/origin.ts'
import { admin, type Proxy } from '../proxies/proxy.ts'
import type { ObservedResponse } from '../wire/observed.ts'
import { mapTexts } from '../model/trees.ts'
import { type Places, substituted, writeFiles } from './configuration.ts'
import type { Cues } from './cues.ts'
import type { ObservedStep } from './observation.ts'
import { movedCounters } from './stats.ts'
import { shapeOf } from './shape-of.ts'
import { take } from './take.ts'

/** What steps are played with. */
export interface Scene {
  readonly proxy: Proxy
  readonly origins: ReadonlyMap<string, Origin>
  readonly places: Places
  readonly cues: Cues
  /** What the case has kept of responses, by name. */
  readonly kept: Map<string, string>
}

/** How long a request of several at once may take until it is under way. */
const UNDER_WAY_MS = 10_000

type Connection = Http1Connection | Http2Connection | RawConnection

const shared = new WeakMap<AsyncDisposableStack, Map<string, Connection>>()

/** Works with the connection of that name, or with one of its own that is closed afterwards. */
async function withConnection<C extends Connection, R>(
  name: string | undefined,
  stack: AsyncDisposableStack,
  open: () => C,
  work: (connection: C) => Promise<R>,
): Promise<R> {
  if (name === undefined) {
    const connection = open()
    try {
      return await work(connection)
    } finally {
      connection.close()
    }
  }
  const connections = shared.get(stack) ?? new Map<string, Connection>()
  shared.set(stack, connections)
  let connection = connections.get(name) as C | undefined
  if (connection === undefined) {
    connection = open()
    connections.set(name, connection)
    stack.adopt(connection, (each) => each.close())
  }
  return await work(connection)
}

/** Plays one step; connections with a name live as long as the stack. */
export async function playStep(step: Step, scene: Scene, stack: AsyncDisposableStack): Promise<ObservedStep> {
  switch (step.kind) {
    case 'request':
      return await playRequest(step.request, scene, stack)
    case 'raw':
      return await playRaw(step.raw, scene, stack)
    case 'together':
      return await together(step.requests, scene, stack)
    case 'wait':
      await pause(step.ms)
      return { waited: step.ms }
    case 'until':
      return { reached: await scene.cues.when(step.cue) }
    case 'release':
      scene.cues.release(step.name)
      return { released: step.name }
    case 'counters':
      return { counters: await movedCounters(scene.proxy, step.counters) }
    case 'admin':
      return { admin: await askAdmin(step.admin, scene) }
    case 'write':
      writeFiles(step.files, scene.places)
      return { wrote: Object.keys(step.files) }
  }
}

/** How many lines the access log gets at least. */
export function expectedLines(steps: readonly Step[]): number {
  const counts = steps.map((step) => {
    if (step.kind === 'request') return step.request.times
    return step.kind === 'together' ? step.requests.length : 0
  })
  return counts.reduce((sum, each) => sum + each, 0)
}

async function playRequest(request: RequestStep, scene: Scene, stack: AsyncDisposableStack): Promise<ObservedStep> {
  if (request.times === 1) return await send(request, scene, stack)
  const tally: Record<string, number> = {}
  for (let i = 0; i < request.times; i++) {
    const { status, body } = await send(request, scene, stack)
    const key = `${status} ${body}`
    tally[key] = (tally[key] ?? 0) + 1
  }
  return { tally: Object.fromEntries(Object.entries(tally).toSorted(([a], [b]) => (a < b ? -1 : 1))) }
}

async function send(request: RequestStep, scene: Scene, stack: AsyncDisposableStack): Promise<ObservedResponse> {
  const places = { ...scene.places, kept: scene.kept }
  const headers = mapTexts(request.headers, (text) => String(substituted(text, places)))
  const asked = { ...request, headers } as RequestStep
  const response = await withConnection(
    request.on,
    stack,
    () => connect(request, scene),
    (connection) => connection.send(asked, when(scene)),
  )
  scene.cues.answered()
  for (const [name, pattern] of Object.entries(request.keep)) {
    const lines = Object.entries(response.headers).flatMap(([header, values]) =>
      values.map((value) => `${header}: ${value}`),
    )
    scene.kept.set(name, new RegExp(pattern, 'm').exec(lines.join('\n'))?.[1] ?? '')
  }
  return response
}

async function playRaw(step: RawStep, scene: Scene, stack: AsyncDisposableStack): Promise<ObservedStep> {
  const open = (): RawConnection => new RawConnection(portOf(scene, step.listener), step.tls)
  return await withConnection(step.on, stack, open, (connection) => connection.play(step, when(scene)))
}

const when =
  ({ cues }: Scene): When =>
  (cue) =>
    cues.when(cue)

function connect({ protocol, tls, listener }: RequestStep, scene: Scene): Http1Connection | Http2Connection {
  const port = portOf(scene, listener)
  return protocol === 'http2' ? new Http2Connection(port, tls) : new Http1Connection(port, tls)
}

function portOf({ proxy }: Scene, listener: string): number {
  const port = proxy.ports.get(listener)
  if (port === undefined) throw new Error(`there is no listener ${listener}`)
  return port
}

async function together(
  requests: readonly RequestStep[],
  scene: Scene,
  stack: AsyncDisposableStack,
): Promise<readonly ObservedResponse[]> {
  const answers: Promise<ObservedResponse>[] = []
  for (const request of requests) {
    const before = scene.cues.requests()
    let answered = false
    const answer = send(request, scene, stack)
    answers.push(answer)
    void answer.finally(() => (answered = true)).catch(() => {})
    // Each is to be under way before the next.
    if (request.until !== undefined) await scene.cues.when(request.until)
    else await eventually(UNDER_WAY_MS, () => answered || scene.cues.requests() > before, 2)
  }
  return await Promise.all(answers)
}

async function askAdmin(
  { path, method, take: place, lines, shape }: AdminStep,
  { proxy, places }: Scene,
): Promise<unknown> {
  const { status, type, text } = await admin(proxy, path, method)
  const taken: unknown = place === undefined ? undefined : take(JSON.parse(text), place)
  if (shape) return { status, type, shape: shapeOf(place === undefined ? JSON.parse(text) : taken) }
  if (place !== undefined) return inOrder(taken)
  if (lines === undefined) return { status, type, text }
  const pattern = new RegExp(String(substituted(lines, places)))
  return {
    status,
    type,
    lines: text
      .split('\n')
      .filter((line) => pattern.test(line))
      .toSorted(),
  }
}

/** Lists of names have no order that anybody promised. */
function inOrder(taken: unknown): unknown {
  return Array.isArray(taken) && taken.every((each) => typeof each === 'string') ? taken.toSorted() : taken
}
