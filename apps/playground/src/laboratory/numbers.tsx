import { countText, msText, shareText, type SimulationReport } from '@nuncio/simulator'
import { useRoom } from '../app/use-room.ts'

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

/** Below this, in px, a line for each run would have to be scrolled. */
const ROOM_FOR_LINES = 760

interface NumbersProps {
  readonly reports: readonly SimulationReport[]
}

/** The numbers of the runs: a line for each run, or a column where there is no room for that. */
export function Numbers({ reports }: NumbersProps) {
  const { ref, width } = useRoom()
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label="Numbers" ref={ref}>
      {width.value < ROOM_FOR_LINES ? <RunsAsColumns reports={reports} /> : <RunsAsLines reports={reports} />}
    </div>
  )
}

function RunsAsLines({ reports }: NumbersProps) {
  return (
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
            <th scope="row">{policyOf(report)}</th>
            {COLUMNS.map((column) => (
              <Cell key={column.title} column={column} report={report} reports={reports} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function RunsAsColumns({ reports }: NumbersProps) {
  return (
    <table class="numbers">
      <thead>
        <tr>
          <th scope="col">policy</th>
          {reports.map((report, i) => (
            <th key={i} scope="col" class="of-run">
              {policyOf(report)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {COLUMNS.map((column) => (
          <tr key={column.title}>
            <th scope="row" class="metric">
              {column.title}
            </th>
            {reports.map((report, i) => (
              <Cell key={i} column={column} report={report} reports={reports} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

interface CellProps extends NumbersProps {
  readonly column: Column
  readonly report: SimulationReport
}

function Cell({ column, report, reports }: CellProps) {
  return (
    <td data-metric={column.title} data-better={isBetter(column, report, reports)}>
      {column.text(report)}
    </td>
  )
}

function policyOf({ policy }: SimulationReport): string {
  return policy.toLowerCase().replaceAll('_', ' ')
}

/** Whether a run did notably better here than another. */
function isBetter({ cost }: Column, report: SimulationReport, reports: readonly SimulationReport[]): boolean {
  if (cost === undefined) return false
  const mine = cost(report)
  return reports.every((other) => cost(other) >= mine) && reports.some((other) => cost(other) > mine * 1.02)
}
