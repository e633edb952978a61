import { useMemo } from 'preact/hooks'
import { countText, msText, type SimulationReport } from '@nuncio/simulator'

const WIDTH = 480
const HEIGHT = 84

/** Latency, requests and failures over time; a line shows the moment that is played. */
export function Charts({
  report,
  at,
  mostMs,
}: {
  readonly report: SimulationReport
  readonly at: number
  readonly mostMs: number
}) {
  const { series } = report
  const perSecond = 1000 / series.stepMs
  const mostRequests = Math.max(1, ...series.requests)
  const paths = useMemo(
    () => ({
      p50: line(series.p50, mostMs),
      p99: line(series.p99, mostMs),
      requests: area(series.requests, mostRequests),
      failed: area(series.failed, mostRequests),
      panic: area(series.panic, 1),
    }),
    [series, mostMs, mostRequests],
  )
  return (
    <>
      <Chart
        title="latency"
        note="p50 and p99"
        most={msText(mostMs)}
        at={at}
        summary={`99th percentile up to ${msText(Math.max(0, ...series.p99))}`}
      >
        <path class="chart-panic" d={paths.panic} />
        <path class="chart-line soft" d={paths.p50} />
        <path class="chart-line" d={paths.p99} />
      </Chart>
      <Chart
        title="requests"
        note="failed in red"
        most={`${countText(mostRequests * perSecond)}/s`}
        at={at}
        summary={`up to ${countText(mostRequests * perSecond)} a second, ${countText(report.failed)} failed`}
      >
        <path class="chart-area" d={paths.requests} />
        <path class="chart-failed" d={paths.failed} />
      </Chart>
    </>
  )
}

interface ChartProps {
  readonly title: string
  readonly note: string
  readonly most: string
  readonly summary: string
  readonly at: number
  readonly children: preact.ComponentChildren
}

function Chart({ title, note, most, summary, at, children }: ChartProps) {
  return (
    <figure class="chart">
      <figcaption>
        {title} <span>{note}</span>
        <span class="chart-most">{most}</span>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={`${title}: ${summary}`}>
        {children}
        <line class="chart-now" x1={at * WIDTH} x2={at * WIDTH} y1="0" y2={HEIGHT} />
      </svg>
    </figure>
  )
}

function points(values: readonly number[], most: number): string[] {
  const step = WIDTH / Math.max(1, values.length - 1)
  return values.map(
    (value, i) => `${(i * step).toFixed(1)},${(HEIGHT - (Math.min(value, most) / most) * (HEIGHT - 4)).toFixed(1)}`,
  )
}

function line(values: readonly number[], most: number): string {
  return `M${points(values, most).join('L')}`
}

function area(values: readonly number[], most: number): string {
  return `M0,${HEIGHT}L${points(values, most).join('L')}L${WIDTH},${HEIGHT}Z`
}
