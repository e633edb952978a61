import type { AnyHttpFilterDefinition, HttpFilter } from '@nuncio/filter-chain'
import type { RunOptions, UpstreamAnswer } from '@nuncio/filter-chain/testing'
import { abortScenes } from './aborts.ts'
import { bodiesOf, type BodyMeaning, difference, type Outcome, outcomeOf } from './outcome.ts'
import { watchRejections } from './rejection-watch.ts'
import { play, type Scene } from './scene.ts'
import { type FilterRequest, SPLITS, splitRequest, splitUpstream, WHOLE } from './splits.ts'
import { type FilterViolation, Violations } from './violations.ts'
import { watchedDefinition } from './watched-filter.ts'

/** As for `runFilter`; time, chance and neighbours belong to the check, which runs many streams. */
export interface CheckOptions extends Omit<
  RunOptions,
  'time' | 'stats' | 'random' | 'before' | 'after' | 'patienceMs'
> {
  /** For a filter that encodes bodies: what is compared instead of their bytes, such as the text that was compressed. */
  readonly meaning?: BodyMeaning
}

const REQUEST: FilterRequest = {
  method: 'POST',
  path: '/checked',
  headers: [['content-type', 'text/plain']],
  body: 'a request body, long enough to be cut into pieces',
}
const ANSWER: UpstreamAnswer = {
  headers: [['content-type', 'text/plain']],
  body: 'a response body, long enough to be cut into pieces too',
}
const TRAILERS = [['x-checked', '1']] as const

/**
 * Runs a filter through many streams that differ only in what must not matter to it, or that end before their time, and
 * says which rules it broke: none for a good filter. Both bodies are cut at many places, the end comes with the last
 * byte, behind it or as trailers, chunks are overwritten once they are no longer lent, and the client goes away at every
 * phase. Without a request and an upstream it makes up both, with bodies.
 *
 *     expect(await checkFilter(myFilter, { config: 'limit: 5' })).toEqual([])
 *
 * No sockets, no real time. While it runs it takes the process' unhandled rejections to itself; checks queue up.
 */
export async function checkFilter(
  definition: AnyHttpFilterDefinition,
  options: CheckOptions = {},
): Promise<readonly FilterViolation[]> {
  return await watchRejections(async (rejections) => await new FilterCheck(definition, options, rejections).run())
}

class FilterCheck {
  readonly #definition: AnyHttpFilterDefinition
  readonly #options: CheckOptions
  readonly #rejections: unknown[]
  readonly #violations: Violations
  readonly #scene: Scene

  constructor(definition: AnyHttpFilterDefinition, options: CheckOptions, rejections: unknown[]) {
    this.#definition = definition
    this.#options = options
    this.#rejections = rejections
    this.#violations = new Violations(definition.name)
    this.#scene = {
      name: 'bodies in one chunk',
      request: splitRequest(options.request ?? REQUEST, WHOLE),
      upstream: splitUpstream(options.upstream ?? ANSWER, WHOLE),
    }
  }

  async run(): Promise<readonly FilterViolation[]> {
    const plain = await this.#play(this.#scene)
    if (plain !== undefined) await this.#splits(this.#scene, plain)
    const trailed = withTrailers(this.#scene)
    const ended = plain && (await this.#play(trailed))
    if (plain !== undefined && ended !== undefined) {
      this.#compare(bodiesOf(plain), bodiesOf(ended), trailed.name)
      await this.#splits(trailed, ended)
    }
    for (const scene of abortScenes(trailed)) await this.#play(scene)
    return this.#violations.list
  }

  async #splits(scene: Scene, expected: Outcome): Promise<void> {
    for (const each of splitScenes(scene)) {
      const outcome = await this.#play(each)
      if (outcome === undefined) continue
      this.#compare(expected, outcome, each.name)
      const scribbled = await this.#play({ ...each, scribble: true })
      const changed = scribbled && difference(outcome, scribbled)
      if (changed !== undefined)
        this.#violations.add(
          'keeps-chunk',
          `looked at a chunk after its hook was over, and the ${changed.key} became ${changed.text}`,
          each.name,
          changed.key,
        )
    }
  }

  #compare(expected: Outcome, outcome: Outcome, situation: string): void {
    const found = difference(expected, outcome)
    if (found === undefined) return
    const what = `the ${found.key} depends on how a body arrives: ${found.text}`
    this.#violations.add('chunk-boundaries', what, situation, found.key)
  }

  /** Plays a scene and writes down what is wrong whatever its outcome; undefined when it has none. */
  async #play(scene: Scene): Promise<Outcome | undefined> {
    const violations = this.#violations
    const definition = watchedDefinition(this.#definition, {
      scribble: scene.scribble ?? false,
      report: (rule, what) => violations.add(rule, what, scene.name),
    })
    const played = await play(definition, this.#options, scene)
    if (played.problems !== undefined) {
      for (const problem of played.problems) violations.add('configuration', problem, scene.name)
      return undefined
    }
    const { transcript, over } = played
    for (const error of transcript.errors)
      violations.add('throws', `threw or rejected with ${String(error)}`, scene.name)
    for (const error of this.#rejections.splice(0))
      violations.add('unhandled-rejection', `left a promise that rejected with ${String(error)}`, scene.name)
    for (const violation of transcript.violations) violations.add('transcript', violation, scene.name)
    for (const { operation, ends } of transcript.spans.slice(1))
      if (ends !== 1) violations.add('span-left-open', `ended its span "${operation}" ${ends} times`, scene.name)
    if (!over) violations.add('never-ends', 'the stream did not come to its end', scene.name)
    return over ? outcomeOf(transcript, this.#options.meaning) : undefined
  }
}

const EMPTY = new Uint8Array(0)
const REQUEST_END_APART: HttpFilter = {
  onRequestData: (chunk, stream, end) => {
    if (!end || chunk.length === 0) return
    stream.addRequestData(chunk.slice())
    return EMPTY
  },
}
const RESPONSE_END_APART: HttpFilter = {
  onResponseData: (chunk, stream, end) => {
    if (!end || chunk.length === 0) return
    stream.addResponseData(chunk.slice())
    return EMPTY
  },
}

function splitScenes(scene: Scene): Scene[] {
  const { request, upstream } = scene
  return [
    ...SPLITS.flatMap((split) => [
      { ...scene, name: `${scene.name}, request body ${split.name}`, request: splitRequest(request, split) },
      { ...scene, name: `${scene.name}, response body ${split.name}`, upstream: splitUpstream(upstream, split) },
    ]),
    { ...scene, name: `${scene.name}, request body with its end apart`, before: [REQUEST_END_APART] },
    { ...scene, name: `${scene.name}, response body with its end apart`, after: [RESPONSE_END_APART] },
  ]
}

/** Both bodies end with trailers, where there are bodies. */
function withTrailers(scene: Scene): Scene {
  const { request, upstream } = scene
  return {
    ...scene,
    name: 'trailers behind the bodies',
    request: request.body === undefined ? request : { trailers: TRAILERS, ...request },
    upstream: (seen) => {
      const answer = typeof upstream === 'function' ? upstream(seen) : upstream
      return answer.body === undefined ? answer : { trailers: TRAILERS, ...answer }
    },
  }
}
