import type { Message, Problem, Sources } from '@nuncio/config'
import { configPlace } from '@nuncio/matching'

type Bootstrap = Message<'envoy.config.bootstrap.v3.Bootstrap'>

/** Layers of the runtime have different names, and the admin changes one of them at most. */
export function checkLayers(bootstrap: Bootstrap, sources: Sources, problems: Problem[]): void {
  const config = bootstrap.layered_runtime
  if (config === undefined) return
  const whole = configPlace(bootstrap, { report: (problem) => void problems.push(problem), sources })
  const place = whole.at('layered_runtime', config)
  const names = new Set<string>()
  let admins = 0
  config.layers?.forEach((layer, i) => {
    const at = place.item('layers', i, layer)
    const { name = '' } = layer
    if (names.has(name)) at.at('name').error('duplicate-name', `two layers of the runtime are called "${name}"`)
    names.add(name)
    const root = layer.disk_layer?.symlink_root
    // The folder that holds the link is watched: it has to be named.
    if (layer.disk_layer !== undefined && (!root?.includes('/') || root.includes('\0')))
      at.at('disk_layer', layer.disk_layer)
        .at('symlink_root')
        .error('rule', `"${root ?? ''}" is no path of a link in a folder`)
    if (layer.admin_layer !== undefined && ++admins > 1)
      at.at('admin_layer').error('conflict', 'there is an admin layer already')
  })
}
