import { Flag, SeededRandom, StatsStore } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import type { AnyHttpFilterDefinition, ChainStream, FilterStream, HttpFilter } from '@nuncio/filter-chain'
import { FilterBench, type OpenStream, type RunOptions, type Transcript } from '@nuncio/filter-chain/testing'
import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import { deflateRaw } from 'node:zlib'
import type { FilterRequest } from './splits.ts'

/** One stream to play, and what happens to it. */
export interface Scene {
  readonly name: string
  readonly request: FilterRequest
  readonly upstream: NonNullable<RunOptions['upstream']>
  readonly before?: readonly HttpFilter[]
  readonly after?: readonly HttpFilter[]
  /** The client goes away after so many turns of promises, if the stream is not over by then. */
  readonly abortAfterTurns?: number
  readonly scribble?: boolean
}

/** Virtual time that a stream has, and that passes once it is over, for what a filter may still be up to. */
const PATIENCE_MS = 60_000
const STEP_MS = 100
/** Turns in which real work (cryptography, compression) may finish before virtual time moves. */
const REAL_TURNS = 100
/** More than what a filter of a scene has to do at once. */
const WORK = new Uint8Array(4096).map((_, at) => at * at)
const deflated = promisify(deflateRaw)

/** What became of a scene; `problems` say why a chain does not take the filter, and then nothing was played. */
export type Played =
  | { readonly problems: readonly string[] }
  | { readonly problems?: never; readonly transcript: Transcript; readonly over: boolean }

/** Plays a scene on a chain of its own. */
export async function play(definition: AnyHttpFilterDefinition, options: RunOptions, scene: Scene): Promise<Played> {
  const time = new FakeTime()
  const bench = new FilterBench(definition, {
    ...options,
    time,
    stats: new StatsStore(),
    random: new SeededRandom(1),
    upstream: scene.upstream,
    before: scene.before ?? [],
    after: scene.after ?? [],
  })
  if (bench.problems.length > 0) return { problems: bench.problems }
  const open = bench.open(scene.request)
  if (scene.abortAfterTurns !== undefined) {
    for (let turn = 0; turn < scene.abortAfterTurns; turn++) await time.advanceAsync(0)
    abort(open.stream)
  }
  await untilOver(open, time)
  const over = open.stream.done
  const transcript = open.transcript()
  await time.advanceAsync(PATIENCE_MS)
  await setImmediate()
  return { transcript, over }
}

async function untilOver({ stream }: OpenStream, time: FakeTime): Promise<void> {
  for (let turn = 0; turn < REAL_TURNS && !stream.done; turn++) {
    await workTurn()
    await time.advanceAsync(0)
  }
  for (let left = PATIENCE_MS; left > 0 && !stream.done; left -= STEP_MS) {
    await time.advanceAsync(STEP_MS)
    await workTurn()
  }
}

/** The threads of the process get as much to do as a filter has: measured in work, patience is the same on a busy machine. */
async function workTurn(): Promise<void> {
  await deflated(WORK)
  await setImmediate()
}

/** The client goes away. */
export function abort(stream: FilterStream): void {
  ;(stream as ChainStream).downstreamReset(Flag.DC, 'downstream_remote_disconnect')
}
