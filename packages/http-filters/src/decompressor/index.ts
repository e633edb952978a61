import { envoyMessage, type Message } from '@nuncio/config'
import type { HttpFilterDefinition } from '@nuncio/filter-chain'
import { configPlace } from '@nuncio/matching'
import { DecompressorFilter } from './decompressor-filter.ts'
import { decompressorHonours } from './honours.ts'
import { compileSettings } from './settings.ts'

type Config = Message<'envoy.extensions.filters.http.decompressor.v3.Decompressor'>

/** `envoy.filters.http.decompressor`: decompresses requests for upstreams, and responses for clients. */
export const decompressor: HttpFilterDefinition<Config> = {
  name: 'envoy.filters.http.decompressor',
  config: envoyMessage('envoy.extensions.filters.http.decompressor.v3.Decompressor', decompressorHonours),
  stability: 'stable',
  create: (config, context) => {
    const settings = compileSettings(config, configPlace(config, context), context)
    const { library } = settings
    // Without a library the configuration is refused; this is what stands in until then.
    if (library === undefined) return () => ({})
    return () => new DecompressorFilter(settings, library)
  },
}
