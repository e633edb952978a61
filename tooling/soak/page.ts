import { SHORT_MINUTES, type SoakFindings } from './judge.ts'
import { type Sample, slopePerMinute } from './sample.ts'

export interface SoakReport extends SoakFindings {
  readonly requests: number
  /** Of those that failed, in words. */
  readonly examples: readonly string[]
  readonly complaints: readonly string[]
  readonly machine: readonly string[]
}

/** Lines of the table between the first and the last. */
const LINES = 10

/** The result on one page. */
export function soakPage(report: SoakReport): string {
  const { before, after, during, minutes, requests, failed, examples, complaints, machine } = report
  const every = Math.max(1, Math.ceil(during.length / LINES))
  const shown = [before, ...during.filter((_, i) => i % every === every - 1), after]
  const line = ({ atMs, rssMiB, sockets, timers, deadlines }: Sample): string =>
    `| ${((atMs - before.atMs) / 60_000).toFixed(1)} | ${rssMiB.toFixed(1)} | ${sockets} | ${timers} | ${deadlines} |`
  const slope = slopePerMinute(during.slice(Math.floor(during.length / 3)))
  const growth =
    minutes < SHORT_MINUTES ? '' : ` From the first third on memory grew by ${slope.toFixed(2)} MiB a minute.`
  const verdict = complaints.length === 0 ? 'All is as it began.' : `Not well: ${complaints.join('; ')}.`
  return `# Soak

Written by \`npm run soak\` on ${new Date().toISOString().slice(0, 10)}: ${minutes} minutes of clients that ask over kept and new connections and check
every answer, of WebSockets that come, echo and go, of clients that leave in the middle, and a reload every two seconds, of which
every fifth is broken. The first line is from before, the last from after, both at rest.

| minute | RSS MiB | sockets | timers | deadlines |
| --- | --- | --- | --- | --- |
${shown.map((sample) => line(sample)).join('\n')}

${requests} requests and WebSockets, ${failed} failed.${growth} ${verdict}
${examples.map((example) => `\n- ${example}`).join('')}
${machine.join('; ')}.
`
}
