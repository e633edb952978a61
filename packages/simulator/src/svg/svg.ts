import { countText, hostText, msText } from '../print/format.ts'
import { HOST_STATES, type SimulationReport } from '../record/report.ts'

const WIDTH = 960
const LEFT = 150
const RIGHT = 24
const PLOT = WIDTH - LEFT - RIGHT
const PANEL = 110
const GAP = 46
const ROW = 16
const MOST_ROWS = 60

const STYLE = `
  svg { font: 12px system-ui, sans-serif; background: #fff; color: #1c2024 }
  text { fill: currentColor } .dim { fill: #687076 } .title { font-size: 15px; font-weight: 600 }
  .axis { stroke: #d7dbdf } .p99 { stroke: #0b68cb } .p50 { stroke: #0b68cb; opacity: .45 } .failed { fill: #c62a2f }
  .requests { fill: #0b68cb; opacity: .2 } .load { fill: #0b68cb } .ejected { fill: #ad5700 } .unhealthy { fill: #c62a2f }
  .degraded { fill: #946800 } .gone { fill: #d7dbdf } .incident { fill: #687076; opacity: .12 }
  path { fill: none; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    svg { background: #101214; color: #ecedee } .dim { fill: #9ba1a6 } .axis { stroke: #313538 } .p99, .p50 { stroke: #52a9ff }
    .requests, .load { fill: #52a9ff } .failed, .unhealthy { fill: #ff6369 } .ejected { fill: #f1a10d } .gone { fill: #313538 }
  }`

/** A report as one picture: requests, latencies and each host's load over time. For light and dark. */
export function reportSvg(report: SimulationReport): string {
  const rows = report.hosts.slice(0, MOST_ROWS)
  const heatTop = 70 + 2 * (PANEL + GAP)
  const height = heatTop + rows.length * ROW + 40
  const title = `${report.policy}, ${report.rps} requests/s, cluster "${report.cluster}"`
  const { latency } = report
  const facts = `p50 ${msText(latency.p50)} · p99 ${msText(latency.p99)} · ${countText(report.requests)} requests · ${countText(report.failed)} failed · ${report.amplification.toFixed(2)} tries a request · seed ${report.seed}`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escape(`${title}: ${facts}`)}">
<style>${STYLE}
</style>
<text class="title" x="${RIGHT}" y="28">${escape(title)}</text>
<text class="dim" x="${RIGHT}" y="46">${escape(facts)}</text>
${incidents(report, 60, height - 30)}
${requestsPanel(report, 70)}
${latencyPanel(report, 70 + PANEL + GAP)}
${heat(report, heatTop)}
${timeAxis(report, height - 24)}
</svg>
`
}

function x(report: SimulationReport, ms: number): number {
  return round(LEFT + (Math.min(ms, report.seconds * 1000) / (report.seconds * 1000)) * PLOT)
}

function requestsPanel(report: SimulationReport, top: number): string {
  const { requests, failed, stepMs } = report.series
  const perSecond = 1000 / stepMs
  const most = Math.max(...requests, 1)
  const bars = (values: readonly number[], name: string): string =>
    values
      .map((count, i) => {
        if (count === 0) return ''
        const high = (Math.min(count, most) / most) * PANEL
        return `<rect class="${name}" x="${x(report, i * stepMs)}" y="${round(top + PANEL - high)}" width="${round(PLOT / requests.length)}" height="${round(high)}"/>`
      })
      .join('')
  return frame(top, 'requests/s', countText(most * perSecond)) + bars(requests, 'requests') + bars(failed, 'failed')
}

function latencyPanel(report: SimulationReport, top: number): string {
  const { p50, p99, stepMs } = report.series
  const most = Math.max(...p99, 1e-6)
  const line = (values: readonly number[], name: string): string => {
    const points = values.map(
      (value, i) => `${x(report, (i + 0.5) * stepMs)},${round(top + PANEL - (value / most) * PANEL)}`,
    )
    return `<path class="${name}" d="M${points.join('L')}"/>`
  }
  return frame(top, 'latency, p50 and p99', msText(most)) + line(p50, 'p50') + line(p99, 'p99')
}

function frame(top: number, name: string, most: string): string {
  const bottom = top + PANEL
  return `<text x="${RIGHT}" y="${top + 10}">${name.replace(', ', `</text><text class="dim" x="${RIGHT}" y="${top + 26}">`)}</text>
<text class="dim" x="${LEFT - 8}" y="${top + 10}" text-anchor="end">${most}</text>
<line class="axis" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${bottom}" y2="${bottom}"/>`
}

/** A row for each host: the darker, the more requests were under way; colours where it was not healthy. */
function heat(report: SimulationReport, top: number): string {
  const { series } = report
  const rows = report.hosts.slice(0, MOST_ROWS)
  const most = Math.max(...series.hosts.flatMap(({ active }) => active), 1)
  const width = round(PLOT / series.requests.length + 0.3)
  const lines = rows.map((host, row) => {
    const y = top + row * ROW
    const { active, state } = series.hosts[row]!
    const cells = active.map((count, i) => {
      const name = HOST_STATES[state[i]!]!
      const opacity = name === 'healthy' ? round(count / most) : 0.9
      if (opacity === 0) return ''
      const kind = name === 'healthy' ? 'load' : name
      return `<rect class="${kind}" x="${x(report, i * series.stepMs)}" y="${y}" width="${width}" height="${ROW - 3}" opacity="${opacity}"/>`
    })
    return `<text class="dim" x="${LEFT - 8}" y="${y + 10}" text-anchor="end">${escape(hostText(host))}</text>${cells.join('')}`
  })
  return `<text x="${RIGHT}" y="${top - 12}">requests under way by host</text>${lines.join('\n')}`
}

function incidents(report: SimulationReport, top: number, bottom: number): string {
  const open = new Map<string, number>()
  const spans: [number, number][] = []
  for (const { kind, atMs, text } of report.events) {
    if (kind === 'incident') open.set(text, atMs)
    if (kind !== 'incident-over') continue
    const from = open.get(text.replace('over: ', ''))
    if (from !== undefined) spans.push([from, atMs])
    open.delete(text.replace('over: ', ''))
  }
  for (const from of open.values()) spans.push([from, report.seconds * 1000])
  return spans
    .map(([from, to]) => {
      const left = x(report, from)
      return `<rect class="incident" x="${left}" y="${top}" width="${round(x(report, to) - left)}" height="${bottom - top}"/>`
    })
    .join('')
}

function timeAxis(report: SimulationReport, y: number): string {
  const step = roundStep(report.seconds / 6)
  const ticks = Array.from({ length: Math.floor(report.seconds / step + 1e-9) + 1 }, (_, i) => i * step)
  return ticks
    .map((seconds) => {
      const anchor = seconds === 0 ? 'start' : report.seconds - seconds < step / 4 ? 'end' : 'middle'
      return `<text class="dim" x="${x(report, seconds * 1000)}" y="${y}" text-anchor="${anchor}">${round(seconds)} s</text>`
    })
    .join('')
}

/** The next of 1, 2, 5, 10, 20, … (or 0.5, 0.2, …) that is no smaller. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least))
  return power * ([1, 2, 5].find((factor) => factor * power >= least * 0.999) ?? 10)
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
