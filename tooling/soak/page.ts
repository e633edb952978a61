import { growthOf, SHORT_MINUTES, type SoakFindings } from './judge.ts'
import type { Moment, Sample } from './sample.ts'

export interface SoakReport extends SoakFindings {
  readonly requests: number
  /** Of those that failed, in words. */
  readonly examples: readonly string[]
  readonly complaints: readonly string[]
  readonly machine: readonly string[]
}

/** The result on one page. */
export function soakPage(report: SoakReport): string {
  const { before, after, during, moments, minutes, requests, failed, examples, complaints, machine } = report
  const between = moments.map((moment, i) => {
    const fromMs = moments[i - 1]?.atMs ?? before.atMs
    return line(
      before,
      moment,
      during.filter(({ atMs }) => atMs > fromMs && atMs <= moment.atMs),
    )
  })
  const { resident, live } = growthOf(report)
  const growth =
    minutes < SHORT_MINUTES
      ? ''
      : ` From the first third on the least RSS of each minute grew by ${resident.toFixed(2)} MiB a minute, and live data by ${live.toFixed(2)}.`
  const verdict = complaints.length === 0 ? 'All is as it began.' : `Not well: ${complaints.join('; ')}.`
  return `# Soak

Written by \`npm run soak\` on ${new Date().toISOString().slice(0, 10)}: ${minutes} minutes of clients that ask over kept and new connections and check
every answer, of WebSockets that come, echo and go, of clients that leave in the middle, and a reload every two seconds, of which
every fifth is broken. The first line is from before, the last from after, both at rest.

The resident size is told by its least and its most since the line before: V8 lets garbage pile up to a few times of what is alive before
it collects, so that single figures say little, and only a least that rises says that something stays. Live data are what
is left after a collection that was asked for at that time: objects of JavaScript and the memory behind buffers. Code is what V8 made
of the source by then; it compiles for minutes what turns out to be hot, and drops it again.

| minute | RSS MiB | live data MiB | code MiB | sockets | timers | deadlines |
| --- | --- | --- | --- | --- | --- | --- |
${[line(before, before, [before]), ...between, line(before, after, [after])].join('\n')}

${requests} requests and WebSockets, ${failed} failed.${growth} ${verdict}
${examples.map((example) => `\n- ${example}`).join('')}
${machine.join('; ')}.
`
}

function line(before: Sample, moment: Moment, since: readonly Sample[]): string {
  const { atMs, dataMiB, codeMiB, sockets, timers, deadlines } = moment
  const sizes = since.map(({ rssMiB }) => rssMiB)
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)]
  const size = least === most ? least.toFixed(1) : `${least.toFixed(1)} – ${most.toFixed(1)}`
  const minute = ((atMs - before.atMs) / 60_000).toFixed(1)
  return `| ${minute} | ${size} | ${dataMiB.toFixed(2)} | ${codeMiB.toFixed(2)} | ${sockets} | ${timers} | ${deadlines} |`
}
