import type { Honours } from '@nuncio/config'

const ADMISSION = 'envoy.extensions.filters.http.admission_control.v3.AdmissionControl'

export const admissionControlHonours: Honours = {
  [ADMISSION]: '*',
  [`${ADMISSION}.SuccessCriteria`]: '*',
  [`${ADMISSION}.SuccessCriteria.HttpCriteria`]: '*',
  [`${ADMISSION}.SuccessCriteria.GrpcCriteria`]: '*',
  'envoy.type.v3.Int32Range': '*',
  'envoy.type.v3.Percent': '*',
  'envoy.config.core.v3.RuntimeFeatureFlag': '*',
  'envoy.config.core.v3.RuntimeDouble': '*',
  'envoy.config.core.v3.RuntimePercent': '*',
  'envoy.config.core.v3.RuntimeUInt32': '*',
}
