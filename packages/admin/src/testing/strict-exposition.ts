/** A metric family as it was read. */
export interface Family {
  readonly type: string
  readonly samples: readonly Sample[]
}

interface Sample {
  readonly name: string
  readonly labels: ReadonlyMap<string, string>
  readonly value: number
}

const TYPE = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary)$/
const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|(?=\}))/y
const VALUE = /^(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|NaN|[+-]Inf)$/i
const PARTS: Readonly<Record<string, readonly string[]>> = {
  counter: [''],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
}

/**
 * Reads Prometheus' text format 0.0.4 by its grammar, and throws with the line for anything else: a family without its
 * `# TYPE`, or with two; samples of one family that do not stand together; a sample that comes twice; buckets that do not
 * add up.
 */
export function readExposition(text: string): ReadonlyMap<string, Family> {
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line has no end')
  const families = new Map<string, { type: string; samples: Sample[] }>()
  const seen = new Set<string>()
  let current = ''
  for (const line of text.split('\n').slice(0, -1)) {
    const type = TYPE.exec(line)
    if (type !== null) {
      current = type[1]!
      if (families.has(current)) throw new Error(`a second TYPE: ${line}`)
      families.set(current, { type: type[2]!, samples: [] })
      continue
    }
    const sample = readSample(line)
    const family = families.get(current)
    if (!PARTS[family?.type ?? '']?.some((part) => sample.name === current + part))
      throw new Error(`not of the family ${current}: ${line}`)
    const key = line.slice(0, line.lastIndexOf(' '))
    if (seen.has(key)) throw new Error(`twice: ${line}`)
    seen.add(key)
    family!.samples.push(sample)
  }
  for (const [name, family] of families) if (family.type === 'histogram') checkBuckets(name, family.samples)
  return families
}

function readSample(line: string): Sample {
  NAME.lastIndex = 0
  const name = NAME.exec(line)?.[0]
  if (name === undefined) throw new Error(`no name: ${line}`)
  let at = name.length
  const labels = new Map<string, string>()
  if (line[at] === '{') {
    at++
    while (line[at] !== '}') {
      LABEL.lastIndex = at
      const label = LABEL.exec(line)
      if (label === null) throw new Error(`a bad label at ${at}: ${line}`)
      if (labels.has(label[1]!)) throw new Error(`a label twice: ${line}`)
      labels.set(label[1]!, label[2]!)
      at = LABEL.lastIndex
    }
    at++
  }
  const value = line.slice(at + 1)
  if (line[at] !== ' ' || !VALUE.test(value)) throw new Error(`a bad value: ${line}`)
  return { name, labels, value: Number(value.replace('Inf', 'Infinity')) }
}

/** For each set of labels: bounds rise, counts do not fall, the last is `+Inf` and says as many as `_count`. */
function checkBuckets(name: string, samples: readonly Sample[]): void {
  const series = new Map<string, Sample[]>()
  for (const sample of samples) {
    const labels = [...sample.labels].filter(([label]) => label !== 'le')
    const key = JSON.stringify(labels)
    series.set(key, [...(series.get(key) ?? []), sample])
  }
  for (const [key, all] of series) {
    const buckets = all.filter((sample) => sample.name === `${name}_bucket`)
    const bounds = buckets.map(({ labels }) => Number(labels.get('le')?.replace('Inf', 'Infinity')))
    const rises = (values: readonly number[]): boolean => values.every((value, i) => i === 0 || value >= values[i - 1]!)
    const of = (part: string): number | undefined => all.find((sample) => sample.name === name + part)?.value
    if (!rises(bounds) || !rises(buckets.map(({ value }) => value))) throw new Error(`${name}${key} does not rise`)
    if (bounds.at(-1) !== Infinity || buckets.at(-1)?.value !== of('_count')) throw new Error(`${name}${key}: +Inf`)
    if (of('_sum') === undefined) throw new Error(`${name}${key} has no sum`)
  }
}
