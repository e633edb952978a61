import type { SimulationReport } from '@nuncio/simulator'

/** The terms of the score policy at a moment: the lowest sum is chosen. */
export function ScoreTable({ report, at }: { readonly report: SimulationReport; readonly at: number }) {
  const { scores } = report.series
  const rows = scores?.[Math.round(at * (scores.length - 1))] ?? []
  if (rows.length === 0) return null
  const terms = Object.keys(rows[0]!.values)
  const best = Math.min(...rows.map(({ score }) => score))
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label="Scores">
      <table class="scores">
        <thead>
          <tr>
            <th scope="col">host</th>
            {terms.map((term) => (
              <th key={term} scope="col">
                {term.replaceAll('_', ' ')}
              </th>
            ))}
            <th scope="col">score</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ host, values, score }) => (
            <tr key={host} data-best={score === best}>
              <th scope="row">{host}</th>
              {terms.map((term) => (
                <td key={term}>{(values[term] ?? 0).toFixed(2)}</td>
              ))}
              <td>{score.toFixed(2)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
