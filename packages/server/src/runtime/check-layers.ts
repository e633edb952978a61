import type { Message, Problem, Sources } from '@nuncio/config'
import { configPlace } from '@nuncio/matching'

type Bootstrap = Message<'envoy.config.bootstrap.v3.Bootstrap'>

/** Layers of the runtime have different names, and the admin changes one of them at most. */
export function checkLayers(bootstrap: Bootstrap, sources: Sources, problems: Problem[]): void {
  const config = bootstrap.layered_runtime
  if (config === undefined) return
  const root = configPlace(bootstrap, { report: (problem) => void problems.push(problem), sources })
  const place = root.at('layered_runtime', config)
  const names = new Set<string>()
  let admins = 0
  config.layers?.forEach((layer, i) => {
    const at = place.item('layers', i, layer)
    const { name = '' } = layer
    if (names.has(name)) at.at('name').error('duplicate-name', `two layers of the runtime are called "${name}"`)
    names.add(name)
    if (layer.admin_layer !== undefined && ++admins > 1)
      at.at('admin_layer').error('conflict', 'there is an admin layer already')
  })
}
