import type { Honours } from '@nuncio/config'

const TAGGING = 'envoy.extensions.filters.http.ip_tagging.v3.IPTagging'

export const ipTaggingHonours: Honours = {
  [TAGGING]: ['request_type', 'ip_tags', 'ip_tag_header'],
  [`${TAGGING}.IPTag`]: '*',
  [`${TAGGING}.IpTagHeader`]: '*',
  'envoy.config.core.v3.CidrRange': '*',
}
