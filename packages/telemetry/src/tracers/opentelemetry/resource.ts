import { isMessage, type Message } from '@nuncio/config'
import type { ConfigPlace } from '@nuncio/matching'
import type { TracingProviderContext } from '../../tracing/contracts.ts'

type Config = Message<'envoy.config.trace.v3.OpenTelemetryConfig'>
type Detector = Message<'envoy.config.core.v3.TypedExtensionConfig'>
type Attributes = Iterable<readonly [string, string]>

const DETECTORS = 'envoy.extensions.tracers.opentelemetry.resource_detectors.v3'
const VARIABLE = 'OTEL_RESOURCE_ATTRIBUTES'
const NONE: Attributes = []

/** The attributes of the resource that spans come from: the proxy's own, then what detectors find; the last one counts. */
export function resourceOf(
  config: Config,
  place: ConfigPlace,
  context: TracingProviderContext,
): ReadonlyMap<string, string> {
  const resource = new Map<string, string>()
  if (config.set_telemetry_sdk_resource_attributes ?? true) {
    resource.set('telemetry.sdk.language', 'nodejs')
    resource.set('telemetry.sdk.name', 'nuncio')
    resource.set('telemetry.sdk.version', context.proxy.version)
  }
  if (config.set_service_name_resource_attribute ?? true)
    resource.set('service.name', config.service_name || 'unknown_service:envoy')
  config.resource_detectors?.forEach((detector, i) => {
    const found = detected(detector, place.item('resource_detectors', i, detector), context)
    for (const [name, value] of found) resource.set(name, value)
  })
  return resource
}

function detected(detector: Detector, place: ConfigPlace, { environment }: TracingProviderContext): Attributes {
  const typed = detector.typed_config
  const at = place.at('typed_config', typed)
  if (isMessage(typed, `${DETECTORS}.EnvironmentResourceDetectorConfig`))
    return ofEnvironment(environment.environment?.(VARIABLE) ?? '', at)
  if (isMessage(typed, `${DETECTORS}.StaticConfigResourceDetectorConfig`)) return Object.entries(typed.attributes ?? {})
  const name = typed?.['@type'] ?? detector.name ?? ''
  at.error(
    'unsupported',
    `nuncio does not have the resource detector ${name}`,
    'there are environment and static_config',
  )
  return NONE
}

/** `name=value,name=value`. */
function ofEnvironment(text: string, place: ConfigPlace): Attributes {
  if (text === '') {
    place.warn('rule', `the environment variable ${VARIABLE} is not set: it says nothing about the resource`)
    return NONE
  }
  return text.split(',').flatMap((pair) => {
    const at = pair.indexOf('=')
    if (at > 0) return [[pair.slice(0, at).trim(), pair.slice(at + 1).trim()] as const]
    place.warn('rule', `${JSON.stringify(pair)} in ${VARIABLE} is not name=value: it is left out`)
    return []
  })
}
