import { countText, msText, shareText, type SimulationReport } from '@nuncio/simulator'

interface Column {
  readonly title: string
  readonly text: (report: SimulationReport) => string
  /** The lower the better, for marking which run did better; absent = neither is. */
  readonly cost?: (report: SimulationReport) => number
}

const failures = ({ failed, unfinished }: SimulationReport): number => failed + unfinished
const refusals = ({ overflows }: SimulationReport): number => overflows.pending + overflows.requests + overflows.retries

const COLUMNS: readonly Column[] = [
  { title: 'requests', text: ({ requests }) => countText(requests) },
  {
    title: 'failed',
    text: (report) => `${countText(failures(report))} (${shareText(failures(report) / Math.max(1, report.requests))})`,
    cost: failures,
  },
  { title: 'p50', text: ({ latency }) => msText(latency.p50), cost: ({ latency }) => latency.p50 },
  { title: 'p90', text: ({ latency }) => msText(latency.p90), cost: ({ latency }) => latency.p90 },
  { title: 'p99', text: ({ latency }) => msText(latency.p99), cost: ({ latency }) => latency.p99 },
  { title: 'p99.9', text: ({ latency }) => msText(latency.p999), cost: ({ latency }) => latency.p999 },
  {
    title: 'tries each',
    text: ({ amplification }) => amplification.toFixed(2),
    cost: ({ amplification }) => amplification,
  },
  { title: 'ejections', text: ({ ejections }) => countText(ejections) },
  { title: 'in panic', text: ({ panicShare }) => shareText(panicShare) },
  { title: 'refused', text: (report) => countText(refusals(report)) },
]

/** The numbers of the runs, one below the other. */
export function Numbers({ reports }: { readonly reports: readonly SimulationReport[] }) {
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label="Numbers">
      <table class="numbers">
        <thead>
          <tr>
            <th scope="col">policy</th>
            {COLUMNS.map(({ title }) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {reports.map((report, i) => (
            <tr key={i}>
              <th scope="row">{report.policy.toLowerCase().replaceAll('_', ' ')}</th>
              {COLUMNS.map((column) => (
                <td key={column.title} data-metric={column.title} data-better={isBetter(column, report, reports)}>
                  {column.text(report)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** Whether a run did notably better here than another. */
function isBetter({ cost }: Column, report: SimulationReport, reports: readonly SimulationReport[]): boolean {
  if (cost === undefined) return false
  const mine = cost(report)
  return reports.every((other) => cost(other) >= mine) && reports.some((other) => cost(other) > mine * 1.02)
}
