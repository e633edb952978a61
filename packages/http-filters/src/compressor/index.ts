import { envoyMessage, type Message } from '@nuncio/config'
import type { HttpFilterDefinition } from '@nuncio/filter-chain'
import { configPlace } from '@nuncio/matching'
import { CompressorFilter } from './compressor-filter.ts'
import { compressorHonours } from './honours.ts'
import { compileRoute, compileSettings, type RouteCompressor } from './settings.ts'

type Config = Message<'envoy.extensions.filters.http.compressor.v3.Compressor'>
type PerRoute = Message<'envoy.extensions.filters.http.compressor.v3.CompressorPerRoute'>

/** `envoy.filters.http.compressor`: compresses responses for clients that accept it, and requests for upstreams. */
export const compressor: HttpFilterDefinition<Config, RouteCompressor> = {
  name: 'envoy.filters.http.compressor',
  config: envoyMessage('envoy.extensions.filters.http.compressor.v3.Compressor', compressorHonours),
  routeConfig: envoyMessage('envoy.extensions.filters.http.compressor.v3.CompressorPerRoute', compressorHonours),
  stability: 'stable',
  upstream: 'also',
  create: (config, context) => {
    const settings = compileSettings(config, configPlace(config, context), context)
    const { library } = settings
    // Without a library the configuration is refused; this is what stands in until then.
    if (library === undefined) return () => ({})
    return () => new CompressorFilter(settings, library, context)
  },
  createRoute: (config, context) => compileRoute(config as PerRoute, configPlace(config as object, context), context),
}
