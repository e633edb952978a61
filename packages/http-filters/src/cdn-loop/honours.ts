import type { Honours } from '@nuncio/config'

export const cdnLoopHonours: Honours = {
  'envoy.extensions.filters.http.cdn_loop.v3.CdnLoopConfig': '*',
}
