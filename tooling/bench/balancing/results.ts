/** A pick of one policy, as `allocation.bench.ts` of the balancers prints it. */
export interface PickResult {
  readonly name: string
  readonly bytes: number
  readonly ns: number
}

/** A change of a hundred hosts among many. */
export interface UpdateResult {
  readonly kind: 'update'
  readonly policy: string
  readonly hosts: number
  readonly wholeMs: number
  readonly longestMs: number
}

/** A cluster that comes up. */
export interface LoadResult {
  readonly kind: 'load'
  readonly hosts: number
  readonly wholeMs: number
  readonly longestMs: number
  readonly bytesPerHost: number
}

export interface BalancingResults {
  readonly picks: readonly PickResult[]
  readonly updates: readonly UpdateResult[]
  readonly loads: readonly LoadResult[]
}

const FAST = 200
const HASHING = 300
/** The most that a pick among a thousand hosts may take, ns; policies that look at every host have no such limit. */
const MOST_NS: Readonly<Record<string, number>> = {
  'round robin': FAST,
  'round robin, weighted': FAST,
  random: FAST,
  'least request': FAST,
  'score, two choices, one term': FAST,
  'score, two choices, four terms': FAST,
  'ring hash': HASHING,
  maglev: HASHING,
}
/** One small object a pick would be 16 bytes. */
const MOST_BYTES = 4
const MOST_UPDATE_MS = 50
const MOST_SLICE_MS = 10
/** The limits of time are for clusters of at most so many hosts. */
const MANY_HOSTS = 10_000

/** What is over its limit; none = all is well. */
export function missedTargets({ picks, updates, loads }: BalancingResults): readonly string[] {
  const [small, large] = loads.slice(-2)
  return [
    ...picks.flatMap(({ name, ns, bytes }) => [
      ...(ns > (MOST_NS[name] ?? Number.POSITIVE_INFINITY) ? [`a pick of ${name}: ${ns} ns`] : []),
      ...(bytes > MOST_BYTES ? [`a pick of ${name}: ${bytes} bytes`] : []),
    ]),
    ...updates.flatMap(({ policy, wholeMs, longestMs }) => [
      ...(wholeMs > MOST_UPDATE_MS ? [`an update of ${policy}: ${wholeMs} ms`] : []),
      ...(longestMs > MOST_SLICE_MS ? [`a slice of an update of ${policy}: ${longestMs} ms`] : []),
    ]),
    ...loads.flatMap(({ hosts, longestMs }) =>
      hosts <= MANY_HOSTS && longestMs > MOST_SLICE_MS ? [`a slice of ${hosts} hosts that come: ${longestMs} ms`] : [],
    ),
    ...(small !== undefined && large !== undefined && large.bytesPerHost > small.bytesPerHost * 1.25
      ? [`${large.bytesPerHost} bytes a host among ${large.hosts}, ${small.bytesPerHost} among ${small.hosts}`]
      : []),
  ]
}

/** The page of the results. */
export function page(results: BalancingResults): string {
  const { picks, updates, loads } = results
  const missed = missedTargets(results)
  return `# What balancing costs

Written by \`npm run bench:balancing -- --write\`. The quickest of four rounds for picks, of nine for updates, of
five for clusters that come up; times want a quiet machine.

${missed.length === 0 ? 'All targets are met.' : missed.map((miss) => `- **missed**: ${miss}`).join('\n')}

## A pick among 1 000 hosts

| policy | ns | at most | bytes left behind |
|---|---|---|---|
${picks.map(({ name, ns, bytes }) => `| ${name} | ${ns} | ${MOST_NS[name] ?? '–'} | ${bytes} |`).join('\n')}

## A hundred of 10 000 hosts leave and a hundred others come

At most ${MOST_UPDATE_MS} ms, no slice longer than ${MOST_SLICE_MS} ms: between slices traffic goes on.

| policy | whole ms | longest slice ms |
|---|---|---|
${updates.map(({ policy, wholeMs, longestMs }) => `| ${policy} | ${wholeMs} | ${longestMs} |`).join('\n')}

## A cluster comes up

Each host weighs about as much among many as among few.

| hosts | whole ms | longest slice ms | bytes a host |
|---|---|---|---|
${loads.map(({ hosts, wholeMs, longestMs, bytesPerHost }) => `| ${hosts} | ${wholeMs} | ${longestMs} | ${bytesPerHost} |`).join('\n')}
`
}
