import type { AdminEndpoint, AdminRequest } from '../endpoint.ts'
import { escapeHtml } from '../html/escape.ts'
import { endpointForm } from '../html/forms.ts'
import { page } from '../html/page.ts'
import type { StatsView } from '../view/stats-view.ts'
import { type BucketMode, pictureOf } from './buckets.ts'
import { byName, type StatsSelection } from './selection.ts'
import { histogramValue } from './stats-text.ts'

/** A readable page of statistics with the form that chose them; `active-html` reloads it every five seconds. */
export function statsHtml(
  stats: StatsSelection,
  view: StatsView,
  request: AdminRequest,
  endpoint: AdminEndpoint,
): string {
  const mode = (request.params.get('histogram_buckets') ?? 'summary') as BucketMode
  const active = request.params.get('format') === 'active-html'
  const rows = stats.texts.map(({ name, value }) => row(name, value))
  for (const { name, value } of [...stats.counters, ...stats.gauges].toSorted(byName))
    rows.push(row(name, String(value)))
  for (const histogram of stats.histograms) {
    rows.push(
      row(
        histogram.name,
        histogram.count === 0 ? 'No recorded values' : histogramValue(pictureOf(histogram, view), mode),
      ),
    )
  }
  const body = `<nav><a href="./">admin</a></nav>
<h1>Statistics</h1>
${endpointForm(endpoint, request.params)}
<p class="note">${rows.length} statistics. Histograms: (last interval, in all).</p>
<table><thead><tr><th>Name</th><th>Value</th></tr></thead><tbody>
${rows.join('\n')}
</tbody></table>`
  return page('nuncio: statistics', body, active ? '<meta http-equiv="refresh" content="5">\n' : '')
}

function row(name: string, value: string): string {
  return `<tr><td class="name">${escapeHtml(name)}</td><td class="value">${escapeHtml(value)}</td></tr>`
}
