import { redactSecrets } from '../config-dump/redact.ts'
import { selectDump } from '../config-dump/select-dump.ts'
import { type AdminContext, type AdminEndpoint, jsonResponse, textResponse } from '../endpoint.ts'

/** `/config_dump`: the configuration that runs, without its secrets. */
export function configDumpEndpoint(context: AdminContext): AdminEndpoint {
  return {
    path: '/config_dump',
    help: 'dump the current configuration, secrets redacted',
    mutates: false,
    params: [
      { name: 'resource', help: 'One list of the dump, such as static_clusters', kind: 'text' },
      { name: 'mask', help: 'Fields to keep, such as bootstrap.node; with resource: of each item', kind: 'text' },
      {
        name: 'name_regex',
        help: 'Only resources whose whole name matches this regular expression (RE2)',
        kind: 'text',
      },
      { name: 'include_eds', help: 'The endpoints of clusters too', kind: 'flag' },
    ],
    handle({ params }) {
      const pattern = params.get('name_regex') ?? ''
      const name = pattern === '' ? undefined : context.compileSearch(`^(?:${pattern})$`)
      const refused = pattern === '' ? undefined : context.compileSearch(pattern)
      if (typeof refused === 'string')
        return textResponse(`INVALID_ARGUMENT: Error while parsing name_regex from ${pattern}: ${refused}`, 400)
      if (typeof name === 'string')
        return textResponse(`INVALID_ARGUMENT: Error while parsing name_regex from ${pattern}: ${name}`, 400)
      const parts = context.view.configDump({ endpoints: params.has('include_eds') }).map(redactSecrets)
      const query = { resource: params.get('resource') ?? '', mask: params.get('mask') ?? '', name }
      const selected = selectDump(parts, query)
      if (!selected.ok) return textResponse(selected.message, selected.status)
      return jsonResponse(selected.configs.length === 0 ? {} : { configs: selected.configs })
    },
  }
}
