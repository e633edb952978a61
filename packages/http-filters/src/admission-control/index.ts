import { envoyMessage, type Message } from '@nuncio/config'
import type { HttpFilterDefinition } from '@nuncio/filter-chain'
import { AdmissionControlFilter } from './admission-control-filter.ts'
import { admissionControlHonours } from './honours.ts'
import { AdmissionSettings } from './settings.ts'

const TYPE = 'envoy.extensions.filters.http.admission_control.v3.AdmissionControl'

/** `envoy.filters.http.admission_control`: refuses some requests at once when many of the last ones failed. */
export const admissionControl: HttpFilterDefinition<Message<typeof TYPE>> = {
  name: 'envoy.filters.http.admission_control',
  config: envoyMessage(TYPE, admissionControlHonours),
  stability: 'stable',
  upstream: 'also',
  create: (config, context) => {
    const settings = new AdmissionSettings(config, context)
    return () => new AdmissionControlFilter(settings, context)
  },
}
