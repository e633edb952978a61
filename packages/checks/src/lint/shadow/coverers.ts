import { lowerAscii } from '@nuncio/matching'
import { Opposites } from './opposites.ts'
import { leastPrefix, partsOf, type PathShape, takesPaths } from './path-shape.ts'
import { implies, type Requirement } from './requirements.ts'
import { coverTogether } from './union.ts'

/** A route as the search for shadows sees it. */
export interface Candidate {
  readonly index: number
  readonly path: PathShape
  readonly requirements: readonly Requirement[]
}

/** Earlier routes with the same path, in the order in which they were added. */
class Bucket {
  /** The first that asks for nothing but the path. */
  #free: Candidate | undefined
  /** Those that ask for one value of a header, by that. */
  readonly #byValue = new Map<string, Candidate[]>()
  readonly #others: Candidate[] = []

  add(candidate: Candidate): void {
    if (candidate.requirements.length === 0) {
      this.#free ??= candidate
      return
    }
    const key = candidate.requirements.find(({ exact }) => exact !== undefined)?.key
    if (key === undefined) {
      this.#others.push(candidate)
      return
    }
    const list = this.#byValue.get(key)
    if (list === undefined) this.#byValue.set(key, [candidate])
    else list.push(candidate)
  }

  /** The first route whose requirements a request for `later` surely meets. */
  find(later: Candidate, budget: Budget): Candidate | undefined {
    let best = this.#free
    const look = (list: readonly Candidate[]): void => {
      for (const candidate of list) {
        if ((best !== undefined && candidate.index > best.index) || !budget.spend()) return
        if (candidate.requirements.every((wanted) => later.requirements.some((given) => implies(given, wanted))))
          best = candidate
      }
    }
    for (const { key } of later.requirements) look(this.#byValue.get(key) ?? [])
    look(this.#others)
    return best
  }
}

/** How many comparisons are left; a file that needs more is looked at in part. */
export class Budget {
  #left: number
  constructor(left: number) {
    this.#left = left
  }
  spend(): boolean {
    return this.#left-- > 0
  }
  get isSpent(): boolean {
    return this.#left < 0
  }
}

/** Buckets by a literal of the path, and the lengths that literals have. */
class Literals {
  readonly #buckets = new Map<string, Bucket>()
  readonly #lengths = new Set<number>()

  add(text: string, candidate: Candidate): void {
    let bucket = this.#buckets.get(text)
    if (bucket === undefined) this.#buckets.set(text, (bucket = new Bucket()))
    bucket.add(candidate)
    this.#lengths.add(text.length)
  }
  get(text: string): Bucket | undefined {
    return this.#buckets.get(text)
  }
  /** Buckets of the literals that a text begins with. */
  *prefixesOf(text: string): Iterable<readonly [Bucket, number]> {
    for (const length of this.#lengths) {
      const bucket = length <= text.length ? this.#buckets.get(text.slice(0, length)) : undefined
      if (bucket !== undefined) yield [bucket, length]
    }
  }
}

/** The earlier routes of a virtual host, for finding one that takes all that a later one could. */
export class Coverers {
  readonly #prefix = [new Literals(), new Literals()] as const
  readonly #separated = [new Literals(), new Literals()] as const
  readonly #exact = [new Literals(), new Literals()] as const
  readonly #patterns = new Literals()
  readonly #tested: Candidate[] = []
  readonly #connect = new Bucket()
  readonly #opposites = new Opposites()

  add(candidate: Candidate): void {
    const { path } = candidate
    this.#opposites.add(candidate)
    if (path.kind === 'connect') this.#connect.add(candidate)
    else if (path.kind === 'regex' || path.kind === 'template') {
      this.#patterns.add(`${path.kind} ${path.pattern}`, candidate)
      this.#tested.push(candidate)
    } else {
      const literals = path.kind === 'prefix' ? this.#prefix : path.kind === 'exact' ? this.#exact : this.#separated
      literals[path.fold ? 1 : 0].add(path.text, candidate)
    }
  }

  /** The first route that takes every request that `later` could take. */
  find(later: Candidate, budget: Budget): Candidate | undefined {
    let best: Candidate | undefined
    const keep = (found: Candidate | undefined): void => {
      if (found !== undefined && (best === undefined || found.index < best.index)) best = found
    }
    for (const bucket of this.#bucketsFor(later.path)) keep(bucket.find(later, budget))
    keep(this.#tester(later, budget))
    return best
  }

  /** The routes that take every request that `later` could take, some of them one part of it and some another. */
  findTogether(later: Candidate, budget: Budget): readonly Candidate[] | undefined {
    const used = new Set<Candidate>()
    for (const path of partsOf(later.path)) {
      const part = { ...later, path }
      const alone = this.find(part, budget)
      const together = alone === undefined ? this.#together(part, budget) : [alone]
      if (together === undefined) return undefined
      for (const each of together) used.add(each)
    }
    return [...used].toSorted((a, b) => a.index - b.index)
  }

  /** Only routes that ask for opposite things can take together what none takes alone. */
  #together(part: Candidate, budget: Budget): Iterable<Candidate> | undefined {
    const fitting: Candidate[] = []
    for (const each of this.#opposites.candidates)
      if (budget.spend() && takesPaths(each.path, part.path)) fitting.push(each)
    return fitting.length < 2 ? undefined : coverTogether(part, fitting, budget)
  }

  *#bucketsFor(path: PathShape): Iterable<Bucket> {
    if (path.kind === 'connect') {
      yield this.#connect
      return
    }
    if (path.kind === 'regex' || path.kind === 'template') {
      const same = this.#patterns.get(`${path.kind} ${path.pattern}`)
      if (same !== undefined) yield same
    }
    const least = leastPrefix(path)
    const fold = 'fold' in path && path.fold
    // What ignores case takes what does not; the other way round only where there are no letters.
    if (!fold || lowerAscii(least) === least.toUpperCase()) yield* this.#literalBuckets(path, least, 0)
    yield* this.#literalBuckets(path, lowerAscii(least), 1)
  }

  *#literalBuckets(path: PathShape, least: string, which: 0 | 1): Iterable<Bucket> {
    for (const [bucket] of this.#prefix[which].prefixesOf(least)) yield bucket
    for (const [bucket, length] of this.#separated[which].prefixesOf(least)) {
      if (least[length] === '/' || (length === least.length && (path.kind === 'exact' || path.kind === 'separated')))
        yield bucket
    }
    const same = path.kind === 'exact' ? this.#exact[which].get(least) : undefined
    if (same !== undefined) yield same
  }

  /** Patterns are tried on the one path that an exact route has. */
  #tester(later: Candidate, budget: Budget): Candidate | undefined {
    const { path } = later
    if (path.kind !== 'exact' || path.fold) return undefined
    return this.#tested.find((candidate) => {
      if (!budget.spend()) return false
      const shape = candidate.path
      const matches =
        shape.kind === 'regex'
          ? shape.regex.matches(path.text)
          : shape.kind === 'template' && shape.template.matches(path.text)
      return (
        matches && candidate.requirements.every((wanted) => later.requirements.some((given) => implies(given, wanted)))
      )
    })
  }
}
