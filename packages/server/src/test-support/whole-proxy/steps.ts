import { type Plan, type PlanChoice, planOf } from './plans.ts'
import type { World } from './world.ts'

/** Something that happens, and two numbers that say to whom and how much. */
export type Step = readonly [what: What, which: number, much: number]

/** What a step may look at. */
interface Turn {
  readonly world: World
  readonly which: number
  readonly much: number
  readonly choice: PlanChoice
}

const SPANS = [1, 7, 100, 1000, 20_000]
const WAITS_MS = [10, 100, 900, 2100, 7000]
const WINDOWS = [0, 1, 100, 5000, 65_535]
const MOST_CLIENTS = 4
/** Requests of a run. */
export const MOST_REQUESTS = 12

function pick<T>(list: readonly T[], number: number): T | undefined {
  return list[number % list.length]
}
const client = ({ world, which }: Turn) => pick(world.clients, which)
const origin = ({ world, which }: Turn) => pick(world.origins, which)
const dial = ({ world, which }: Turn) => pick(world.dials, which)
const span = ({ much }: Turn): number => pick(SPANS, much)!
const exchange = ({ world, which }: Turn) =>
  pick(
    world.exchanges.filter(({ over }) => !over),
    which,
  )
const served = ({ world, which }: Turn) =>
  pick(
    world.served.filter(({ over }) => !over),
    which,
  )

/** As long as nothing but these happens every request succeeds. */
const HARMLESS = {
  connect: ({ world }: Turn) => {
    if (world.clients.length < MOST_CLIENTS) world.connect()
  },
  request: (turn: Turn) => {
    const { world, which, much, choice } = turn
    const by = client(turn)
    const make = (id: number): Plan => planOf(id, which, much, choice)
    if (by !== undefined && world.exchanges.length < MOST_REQUESTS) world.request(by, make)
  },
  send: (turn: Turn) => exchange(turn)?.send(span(turn)),
  answer: (turn: Turn) => served(turn)?.answer(span(turn)),
  /** Bytes arrive: of a client, at a client, of an origin, at an origin. */
  clientIn: (turn: Turn) => client(turn)?.wire.in.carry(span(turn)),
  clientOut: (turn: Turn) => client(turn)?.wire.out.carry(span(turn)),
  originIn: (turn: Turn) => origin(turn)?.wire.in.carry(span(turn)),
  originOut: (turn: Turn) => origin(turn)?.wire.out.carry(span(turn)),
  flow: ({ world }: Turn) => world.flow(),
  accept: (turn: Turn) => {
    const asked = dial(turn)
    if (asked !== undefined) turn.world.decide(asked, true)
  },
  /** The kernel takes nothing more of what the proxy writes, or does again. */
  stall: ({ world, which, much }: Turn) => pick(world.wires, which)?.proxy.stall(much % 2 === 0),
  pause: (turn: Turn) => exchange(turn)?.pause(turn.much % 2 === 0),
  originPause: (turn: Turn) => served(turn)?.pause(turn.much % 2 === 0),
  allow: ({ world, which, much }: Turn) => world.allow(which, pick(WINDOWS, much)!),
  letGo: ({ world }: Turn) => world.proxy.holds.waiting.shift()?.(),
  reload: ({ world }: Turn) => world.proxy.reload(),
  drainUpstream: ({ world }: Turn) => world.proxy.drainUpstream(),
}

/** These may be the end of a request. */
const DISTURBING = {
  clientEnd: (turn: Turn) => client(turn)?.wire.peer.end(),
  clientReset: (turn: Turn) => client(turn)?.wire.reset(),
  streamReset: (turn: Turn) => exchange(turn)?.reset(),
  refuse: (turn: Turn) => {
    const asked = dial(turn)
    if (asked !== undefined) turn.world.decide(asked, false)
  },
  originEnd: (turn: Turn) => origin(turn)?.wire.peer.end(),
  originReset: (turn: Turn) => origin(turn)?.wire.reset(),
  originStreamReset: (turn: Turn) => served(turn)?.reset(),
  goAway: (turn: Turn) => origin(turn)?.goAway(),
  closeUpstream: ({ world }: Turn) => world.proxy.closeUpstream(),
  drain: ({ world, which }: Turn) => pick(world.proxy.connections, which)?.drain(),
  time: ({ world, much }: Turn) => world.proxy.time.advance(pick(WAITS_MS, much)!),
}

const STEPS = { ...HARMLESS, ...DISTURBING }
export type What = keyof typeof STEPS

const often: readonly What[] = ['request', 'request', 'send', 'answer', 'answer', 'originIn', 'originOut', 'flow', 'flow', 'letGo', 'allow', 'allow'] // prettier-ignore
const calm = [...(Object.keys(HARMLESS) as What[]), ...often]

/** What may happen in a run in which nothing goes wrong, or in any, as often as it should. */
export const CALM: readonly What[] = calm
export const ROUGH: readonly What[] = [...calm, ...calm, ...(Object.keys(DISTURBING) as What[]), 'time', 'time']

export function disturbs([what]: Step): boolean {
  return what in DISTURBING
}

export function take(world: World, [what, which, much]: Step, choice: PlanChoice): void {
  const turn = { world, which, much, choice }
  // What flows does so between the peers' callbacks, not within one.
  if (what === 'flow') HARMLESS.flow(turn)
  else world.act(() => void STEPS[what](turn))
}
