import type { Honours } from '@nuncio/config'

export const upstreamCodecHonours: Honours = {
  'envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec': '*',
}
