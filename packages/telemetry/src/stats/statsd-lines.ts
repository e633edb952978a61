import type { StatsSnapshot, TaggedName } from './contracts.ts'

/** How a kind of statsd writes names and tags. */
export interface Dialect {
  /** What stands before the colon. */
  name(full: string, tagged: TaggedName): string
  /** What stands behind the value and the type. */
  tail(tagged: TaggedName): string
}

/** Plain statsd: the full name, no tags. */
export const plainDialect: Dialect = { name: (full) => full, tail: () => '' }

/** DogStatsD: tags behind the value, `|#tag:value,tag:value`. */
export const dogDialect: Dialect = {
  name: (_, tagged) => tagged.name,
  tail: ({ tags }) =>
    tags.length === 0 ? '' : `|#${tags.map(([tag, value]) => `${tag}:${clean(value, /[|,\n\r]/g)}`).join(',')}`,
}

/** Graphite: tags in the name, `name;tag=value`. */
export const graphiteDialect: Dialect = {
  name: (_, { name, tags }) => name + tags.map(([tag, value]) => `;${tag}=${clean(value, /[;:|\n\r]/g)}`).join(''),
  tail: () => '',
}

/**
 * The lines of a snapshot: counters as their growth (`|c`), gauges (`|g`), and recorded times (`|ms`). Times are taken
 * from the histogram's bins, two digits each, so that a bin of n values is one line with a sample rate of 1/n.
 */
export function statsdLines(prefix: string, dialect: Dialect, snapshot: StatsSnapshot): string[] {
  const lines: string[] = []
  const line = (full: string, value: string): void => {
    const tagged = snapshot.tagged(full)
    lines.push(`${prefix}.${clean(dialect.name(full, tagged), /[:|@\n\r]/g)}:${value}${dialect.tail(tagged)}`)
  }
  for (const { name, value } of snapshot.counters) line(name, `${value}|c`)
  for (const { name, value } of snapshot.gauges) line(name, `${value}|g`)
  for (const { name, bins } of snapshot.histograms) {
    for (const { low, width, count } of bins) {
      const middle = width > 1 ? low + width / 2 : low
      line(name, count === 1 ? `${middle}|ms` : `${middle}|ms|@${1 / count}`)
    }
  }
  return lines
}

/** Characters that would end a part of the line become `_`. */
function clean(text: string, bad: RegExp): string {
  return text.replace(bad, '_')
}

/** Joins lines with newlines into datagrams of at most `maxBytes`; a longer line goes alone. 0: one line each. */
export function datagrams(lines: readonly string[], maxBytes: number): string[] {
  if (maxBytes <= 0) return [...lines]
  const out: string[] = []
  let current = ''
  for (const line of lines) {
    if (current !== '' && Buffer.byteLength(current) + 1 + Buffer.byteLength(line) > maxBytes) {
      out.push(current)
      current = ''
    }
    current = current === '' ? line : `${current}\n${line}`
  }
  if (current !== '') out.push(current)
  return out
}
