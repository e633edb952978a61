import type { ScenarioResult } from '../results.ts'
import { type Bar, barChart } from './bars.ts'

function barsOf(result: ScenarioResult): { unit: string; bars: Bar[] } {
  const bars: Bar[] = []
  let unit = 'CPU µs per request of the proxy process; median, with minimum and maximum'
  for (const { name, summary, idleKiB, growth } of result.contenders) {
    if (idleKiB !== undefined) {
      unit = 'KiB of RSS for each idle connection'
      bars.push({ label: name, value: idleKiB, min: idleKiB, max: idleKiB })
    } else if (growth) {
      unit = 'MiB of RSS after the requests; the line begins where it stood before'
      bars.push({ label: name, value: growth.afterMiB, min: growth.beforeMiB, max: growth.afterMiB })
    } else if (summary && name !== 'direct') {
      bars.push({ label: name, value: summary.cpu.median, min: summary.cpu.min, max: summary.cpu.max })
    }
  }
  return { unit, bars: bars.toSorted((a, b) => a.value - b.value) }
}

/** The chart of one scenario. */
export function chart(result: ScenarioResult): string {
  const { unit, bars } = barsOf(result)
  return barChart(result.title, unit, bars)
}
