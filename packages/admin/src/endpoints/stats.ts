import {
  type AdminContext,
  type AdminEndpoint,
  type AdminRequest,
  type AdminResponse,
  htmlResponse,
  textResponse,
} from '../endpoint.ts'
import { exposition } from '../prometheus/exposition.ts'
import { BUCKET_MODES, type BucketMode } from '../stats/buckets.ts'
import { SELECTION_PARAMS, selectStats, type StatsSelection } from '../stats/selection.ts'
import { statsHtml } from '../stats/stats-html.ts'
import { statsJson } from '../stats/stats-json.ts'
import { statsText } from '../stats/stats-text.ts'

const BUCKETS = { name: 'histogram_buckets', help: 'How histograms are shown', kind: BUCKET_MODES } as const
const TEXT_READOUTS = { name: 'text_readouts', help: 'Texts as gauges with a label', kind: 'flag' } as const

/** `/stats` in all its formats. */
export function statsEndpoint(context: AdminContext): AdminEndpoint {
  const endpoint: AdminEndpoint = {
    path: '/stats',
    help: 'print server statistics',
    mutates: false,
    params: [
      ...SELECTION_PARAMS,
      { name: 'format', help: 'The format', kind: ['html', 'active-html', 'text', 'json', 'prometheus'] },
      { name: 'type', help: 'Kinds of statistics', kind: ['All', 'Counters', 'Gauges', 'Histograms', 'TextReadouts'] },
      { ...BUCKETS, kind: ['summary', 'cumulative', 'disjoint', 'detailed'] },
    ],
    handle: (request) => answer(request, context, endpoint),
  }
  return endpoint
}

/** `/stats/prometheus` */
export function prometheusEndpoint(context: AdminContext): AdminEndpoint {
  return {
    path: '/stats/prometheus',
    help: 'print server statistics in the format of Prometheus',
    mutates: false,
    params: [...SELECTION_PARAMS, TEXT_READOUTS, { ...BUCKETS, kind: ['cumulative', 'summary'] }],
    handle: (request) => prometheus(request, context),
  }
}

function answer(request: AdminRequest, context: AdminContext, endpoint: AdminEndpoint): AdminResponse {
  const { params } = request
  const format = params.get('format') ?? 'text'
  if (format === 'prometheus') return prometheus(request, context)
  if (!['html', 'active-html', 'text', 'json'].includes(format)) {
    return textResponse('usage: /stats?format=(html|active-html|json|prometheus|text)\n\n', 400)
  }
  const mode = params.get('histogram_buckets') ?? 'summary'
  if (!isMode(mode))
    return textResponse('usage: /stats?histogram_buckets=(cumulative|disjoint|detailed|summary)\n', 400)
  const selected = selectStats(request, context)
  if ('status' in selected) return selected
  const view = context.view.stats
  if (format === 'json')
    return { ...textResponse(JSON.stringify(statsJson(selected, view, mode))), contentType: 'application/json' }
  if (format === 'text') return textResponse(statsText(selected, view, mode))
  return htmlResponse(statsHtml(selected, view, request, endpoint))
}

function prometheus(request: AdminRequest, context: AdminContext): AdminResponse {
  const mode = request.params.get('histogram_buckets') ?? 'cumulative'
  if (mode !== 'cumulative' && mode !== 'summary')
    return textResponse('unsupported prometheus histogram bucket mode', 400)
  const selected: StatsSelection | AdminResponse = selectStats(request, context)
  if ('status' in selected) return selected
  const options = { histograms: mode, textReadouts: request.params.has('text_readouts') } as const
  return textResponse(exposition(selected, context.view.stats, options))
}

function isMode(mode: string): mode is BucketMode {
  return BUCKET_MODES.some((each) => each === mode)
}
