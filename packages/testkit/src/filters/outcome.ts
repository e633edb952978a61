import type { Transcript } from '@nuncio/filter-chain/testing'

/** What both ends saw of a stream. */
export type Outcome = Readonly<Record<string, unknown>>

/** A reset may come after any part of the body, so that a body is compared only when it came whole. */
export function outcomeOf({ status, headers, body, trailers, upstream, reset, ended, info }: Transcript): Outcome {
  return {
    status,
    'response headers': headers,
    'response body': reset === undefined ? body : undefined,
    'response trailers': trailers,
    'request to the upstream': upstream && { ...upstream, body: undefined },
    'request body to the upstream': upstream?.body,
    reset,
    end: ended,
    details: info.details,
  }
}

/** What has to be the same whether a body ends by itself or by trailers. */
export function bodiesOf(outcome: Outcome): Outcome {
  const { status, reset } = outcome
  return {
    status,
    'response body': outcome['response body'],
    'request body to the upstream': outcome['request body to the upstream'],
    reset,
  }
}

/** In words, the first thing in which two outcomes differ; undefined when they are the same. */
export function difference(expected: Outcome, actual: Outcome): { key: string; text: string } | undefined {
  for (const key of Object.keys(expected)) {
    const [wanted, got] = [JSON.stringify(expected[key]) ?? 'none', JSON.stringify(actual[key]) ?? 'none']
    if (wanted !== got) return { key, text: `${clip(got)} instead of ${clip(wanted)}` }
  }
  return undefined
}

function clip(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text
}
