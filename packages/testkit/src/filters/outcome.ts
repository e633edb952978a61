import type { Transcript } from '@nuncio/filter-chain/testing'

/** What both ends saw of a stream. */
export type Outcome = Readonly<Record<string, unknown>>

/** What the bytes of a body say, as Latin-1 text, where equal bodies may be written in several ways. */
export interface BodyMeaning {
  readonly request?: (body: string) => string
  readonly response?: (body: string) => string
}

/** A reset may come after any part of the body, so that a body is compared only when it came whole. */
export function outcomeOf(transcript: Transcript, meaning: BodyMeaning = {}): Outcome {
  const { status, headers, trailers, upstream, reset, ended, info } = transcript
  const { request = asIs, response = asIs } = meaning
  return {
    status,
    'response headers': headers,
    'response body': reset === undefined ? response(transcript.body) : undefined,
    'response trailers': trailers,
    'request to the upstream': upstream && { ...upstream, body: undefined },
    'request body to the upstream': upstream && request(upstream.body),
    reset,
    end: ended,
    details: info.details,
  }
}

function asIs(body: string): string {
  return body
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
