import type { Exchange } from './exchange.ts'
import type { Plan } from './plans.ts'
import type { ProxyOptions } from './proxy.ts'
import { disturbs, MOST_REQUESTS, type Step, take, type What } from './steps.ts'
import { World } from './world.ts'

/** A run: what the proxy is like and what happens to it. */
export interface Script extends ProxyOptions {
  /** Where requests go to. */
  readonly paths: readonly Plan['path'][]
  /** Steps of these kinds are left out. */
  readonly without: readonly What[]
  readonly steps: readonly Step[]
}

/** Plays a script to its end and throws when a promise was broken. */
export async function play(script: Script): Promise<void> {
  const world = new World(script)
  // Streams beyond what an origin allows are refused while the proxy does not know of it yet.
  const calm = !script.steps.some(disturbs) && script.maxStreams > MOST_REQUESTS
  const paths = script.paths.filter((path) => mayAsk(path, world, script, calm))
  world.connect()
  for (const step of script.steps) {
    if (script.without.includes(step[0])) continue
    take(world, step, { calm, paths })
    for (let i = 0; i < 4; i++) await Promise.resolve()
  }
  await finish(world, calm)
  for (const exchange of world.exchanges) checkEnd(exchange, calm)
  await leave(world)
  checkRemains(world)
}

function mayAsk(path: Plan['path'], world: World, { down }: Script, calm: boolean): boolean {
  if (path === '/mirror') return world.mirrors
  if (down !== 'pipelined') return true
  // An answer that does not wait for its request is the last of its connection.
  return path !== '/tunnel' && !(calm && (path === '/direct' || path === '/buffer'))
}

/** Lets requests end: a retry waits for its back-off, and what went wrong for a timeout. */
async function finish(world: World, calm: boolean): Promise<void> {
  for (let i = 0; i < (calm ? 80 : 60); i++) {
    await world.settle()
    if (world.exchanges.every(({ over }) => over)) break
    world.proxy.time.advance(calm ? 300 : 1000)
  }
}

function check(holds: boolean, what: () => string): void {
  if (!holds) throw new Error(what())
}

/** A request has come to an end, and to a good one unless something was done to it. */
function checkEnd(exchange: Exchange, calm: boolean): void {
  const { end, fromOrigin, plan, received, status } = exchange
  const { path, reply } = plan
  check(exchange.over, () => `request ${describe(exchange)} never ends`)
  if (!calm || mayBeTooLarge(plan)) return
  const expected = path === '/tunnel' ? 101 : path === '/direct' ? 200 : reply.status
  const good = end === 'whole' && status === expected && fromOrigin === (path !== '/direct')
  check(good, () => `request ${describe(exchange)} failed`)
  if (path === '/tunnel') check(received === reply.bytes, () => `request ${describe(exchange)} lost the end`)
}

/** A body that is longer than what may be kept is not sent again, or not taken at all. */
function mayBeTooLarge({ asks, path, reply }: Plan): boolean {
  return asks > 900 && (reply.failures > 0 || path === '/buffer' || path === '/redirect')
}

function describe({ end, plan, received, sent, sentAll, status }: Exchange): string {
  return `${JSON.stringify(plan)} sent ${sent}${sentAll ? ' (all)' : ''}, got ${status} ${received} '${end}'`
}

/** Everybody goes, and time passes. */
async function leave(world: World): Promise<void> {
  world.act(() => {
    for (const { wire } of world.clients) wire.reset()
  })
  for (let i = 0; i < 10; i++) {
    await world.settle()
    world.proxy.time.advance(10_000)
  }
  await world.settle()
}

/** Nothing is left of all of it but counters and lines, one for each request. */
function checkRemains({ proxy, wires }: World): void {
  check(proxy.bugs.length === 0, () => `bugs: ${proxy.bugs.map(text).join('; ')}`)
  const { armed } = proxy.wheel
  const open = wires.filter(({ proxy: socket }) => !socket.destroyed).length
  const left = { ...proxy.left, ...(armed > 0 && { armed }), ...(proxy.time.pending > 0 && { timers: 1 }), ...(open > 0 && { open }) } // prettier-ignore
  check(Object.keys(left).length === 0, () => `left: ${JSON.stringify(left)}`)
  const total = proxy.stats.counter('http.test.downstream_rq_total').value
  check(proxy.log.length === total, () => `${total} requests and ${proxy.log.length} lines`)
  const fates = [...proxy.stats.counters.values()].filter(({ name }) => name.startsWith('http.test.fate.'))
  const counted = fates.reduce((sum, { value }) => sum + value, 0)
  check(counted === total, () => `${total} requests and ${counted} fates`)
}

function text(bug: unknown): string {
  return bug instanceof Error ? (bug.stack ?? bug.message) : String(bug)
}
