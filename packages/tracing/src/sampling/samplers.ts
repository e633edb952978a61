import { isMessage, type Message } from '@nuncio/config'
import type { ConfigPlace } from '@nuncio/matching'
import type { RemoteContext } from '../propagation/w3c.ts'
import { fractionOf } from './shares.ts'

/** Whether a request that the proxy would trace is kept. */
export type Sampler = (traceId: string, parent: RemoteContext | undefined) => boolean

const SAMPLERS = 'envoy.extensions.tracers.opentelemetry.samplers.v3'
const HINT = 'there are always_on, parent_based and trace_id_ratio_based'

/** The samplers of OpenTelemetry that Envoy has; undefined after reporting one that there is not. */
export function compileSampler(
  config: Message<'envoy.config.core.v3.TypedExtensionConfig'>,
  place: ConfigPlace,
): Sampler | undefined {
  const typed = config.typed_config
  if (isMessage(typed, `${SAMPLERS}.AlwaysOnSamplerConfig`)) return () => true
  if (isMessage(typed, `${SAMPLERS}.TraceIdRatioBasedSamplerConfig`)) return ratio(typed.sampling_percentage)
  if (isMessage(typed, `${SAMPLERS}.ParentBasedSamplerConfig`)) {
    const wrapped = typed.wrapped_sampler
    const at = place.at('typed_config', typed).at('wrapped_sampler', wrapped)
    const root = wrapped === undefined ? missing(at) : compileSampler(wrapped, at)
    return root && ((traceId, parent) => parent?.sampled ?? root(traceId, parent))
  }
  const name = typed?.['@type'] ?? config.name ?? ''
  place.at('typed_config', typed).error('unsupported', `nuncio does not have the sampler ${name}`, HINT)
  return undefined
}

function missing(place: ConfigPlace): undefined {
  place.error('missing-field', 'a parent_based sampler needs one that decides where there is no parent', HINT)
}

/** By the first eight bytes of the trace id, so that all who see the trace decide alike. */
function ratio(percentage: Message<'envoy.type.v3.FractionalPercent'> | undefined): Sampler {
  const { numerator, denominator } =
    percentage === undefined ? { numerator: 0, denominator: 100 } : fractionOf(percentage)
  return (traceId) => remainder(traceId, denominator) < numerator
}

/** The first eight bytes as a little-endian number, modulo a number below 2^32. */
function remainder(traceId: string, divisor: number): number {
  let rest = 0
  for (let i = 14; i >= 0; i -= 2) rest = (rest * 256 + Number.parseInt(traceId.slice(i, i + 2), 16)) % divisor
  return rest
}
