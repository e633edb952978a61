import { clustersJson } from '../clusters/clusters-json.ts'
import { clustersText } from '../clusters/clusters-text.ts'
import { type AdminContext, type AdminEndpoint, jsonResponse, textResponse } from '../endpoint.ts'

/** `/clusters`: each cluster with its limits and hosts. */
export function clustersEndpoint(context: AdminContext): AdminEndpoint {
  return {
    path: '/clusters',
    help: 'upstream cluster status',
    mutates: false,
    params: [
      { name: 'filter', help: 'Only clusters in whose names this regular expression (RE2) is found', kind: 'text' },
      { name: 'format', help: 'The format', kind: ['text', 'json'] },
    ],
    handle({ params }) {
      const pattern = params.get('filter') ?? ''
      const filter = pattern === '' ? undefined : context.compileSearch(pattern)
      if (typeof filter === 'string') return textResponse(`Invalid re2 regex: ${filter}`, 400)
      const clusters = context.view.clusters().filter(({ name }) => filter === undefined || filter.matches(name))
      return params.get('format') === 'json'
        ? jsonResponse(clustersJson(clusters))
        : textResponse(clustersText(clusters))
    },
  }
}
