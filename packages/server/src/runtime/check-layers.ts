import type { Message } from '@nuncio/config'
import type { ConfigPlace } from '@nuncio/matching'

/** Layers of the runtime have different names, and the admin changes one of them at most. `place` is that of the bootstrap. */
export function checkLayers(config: Message<'envoy.config.bootstrap.v3.LayeredRuntime'>, place: ConfigPlace): void {
  const names = new Set<string>()
  let admins = 0
  config.layers?.forEach((layer, i) => {
    const at = place.at('layered_runtime', config).item('layers', i, layer)
    const { name = '' } = layer
    if (names.has(name)) at.at('name').error('duplicate-name', `two layers of the runtime are called "${name}"`)
    names.add(name)
    if (layer.admin_layer !== undefined && ++admins > 1)
      at.at('admin_layer').error('conflict', 'there is an admin layer already')
  })
}
