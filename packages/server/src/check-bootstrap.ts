import type { Problem } from '@nuncio/config'
import { configPlace } from '@nuncio/matching'
import { localBinding } from '@nuncio/upstream'
import { checkAdmin } from './admin/admin-config.ts'
import type { ServerParts } from './nuncio-server.ts'
import { checkLayers } from './runtime/check-layers.ts'

const RE2 = 'envoy.extensions.regex_engines.v3.GoogleRE2'

/** Reports what is wrong with parts of a bootstrap that are neither clusters nor listeners, before anything starts. */
export function checkBootstrap(parts: ServerParts, problems: Problem[]): void {
  const { bootstrap, loaded, services, tracers } = parts
  const options = { sources: loaded.sources, report: (problem: Problem) => void problems.push(problem) }
  checkLayers(bootstrap, loaded.sources, problems)
  checkAdmin(bootstrap.admin, options, services)
  tracers.check(options)
  const place = configPlace(bootstrap, options)
  const binding = bootstrap.cluster_manager?.upstream_bind_config
  localBinding(binding, place.at('cluster_manager', bootstrap.cluster_manager).at('upstream_bind_config', binding))
  const engine = bootstrap.default_regex_engine
  const type = engine?.typed_config?.['@type'] ?? RE2
  if (type !== RE2)
    place
      .at('default_regex_engine', engine)
      .at('typed_config')
      .error('wrong-type', `${type} is no engine of regular expressions`, `there is ${RE2}`)
}
