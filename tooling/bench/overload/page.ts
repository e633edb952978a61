import type { Findings, Latencies } from './judge.ts'

export interface Page {
  readonly machine: string
  readonly without: Findings
  readonly withManager: Findings
  readonly complaints: readonly string[]
  /** Why the run decides nothing; none: it does. */
  readonly disturbed: readonly string[]
  readonly connections: number
  readonly maxWaitMs: number
}

const ms = (value: number): string => (Number.isNaN(value) ? '–' : value.toFixed(2))
const cells = ({ rate, p50Ms, p99Ms }: Latencies): string => `${Math.round(rate)} | ${ms(p50Ms)} | ${ms(p99Ms)}`

function rows(name: string, { calm, admitted, refused, times, recoveredMs, failed }: Findings): string {
  return [
    `| ${name} | unloaded | ${cells(calm)} | | |`,
    `| | admitted | ${cells(admitted)} | ${times.toFixed(1)} | ${Math.round(recoveredMs)} |`,
    `| | refused with 503 | ${cells(refused)} | | |`,
    ...(failed > 0 ? [`| | failed otherwise | ${failed} in all | | | | |`] : []),
  ].join('\n')
}

function verdictOf({ complaints, disturbed }: Page): string {
  if (disturbed.length > 0) return `This run decides nothing: ${disturbed.join('; ')}.`
  return complaints.length === 0 ? 'Kept.' : `Not kept: ${complaints.join('; ')}.`
}

/** The page of results. */
export function page(results: Page): string {
  const { machine, without, withManager, connections, maxWaitMs } = results
  const { capacity, offered, generatorLateMs } = withManager
  return `# Overload

Written by \`npm run bench:overload -- --write\` on ${new Date().toISOString().slice(0, 10)}. ${machine}.

Each request passes a filter that computes for some 0.4 ms, as a check of a password does; the proxy can do
${Math.round(capacity)} of them a second. It is offered a fifth of that, then ${offered.toFixed(1)} times as much over ${connections} connections by a generator that
does not wait for answers (it was ${ms(generatorLateMs)} ms late in the worst of a hundred cases), then a fifth again. The overload manager
has one monitor, \`request_wait\` with \`max_wait\` ${maxWaitMs} ms.

| overload manager | requests | a second | p50 ms | p99 ms | times the unloaded p99 | well again after ms |
| --- | --- | --- | --- | --- | --- | --- |
${rows('none', without)}
${rows('request_wait', withManager)}

The promise: at five times the capacity the admitted requests keep their p99 within three times of the unloaded one, the
rest gets 503 within the same time, and all is well within a second of the end. ${verdictOf(results)}
`
}
