import type { Honours } from '@nuncio/config'

const IN_FILES = 'Envoy refuses it as well: tags come from a file, or stand in ip_tags'
const TAGGING = 'envoy.extensions.filters.http.ip_tagging.v3.IPTagging'

export const ipTaggingHonours: Honours = {
  [TAGGING]: '*',
  [`${TAGGING}#ip_tags_datasource`]: {
    honoured: ['filename', 'watched_directory'],
    unsupported: { inline_string: IN_FILES, inline_bytes: IN_FILES, environment_variable: IN_FILES },
  },
  'envoy.config.core.v3.WatchedDirectory': '*',
  [`${TAGGING}.IPTag`]: '*',
  [`${TAGGING}.IpTagHeader`]: '*',
  'envoy.config.core.v3.CidrRange': '*',
}
