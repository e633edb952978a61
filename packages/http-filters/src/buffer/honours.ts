import type { Honours } from '@nuncio/config'

export const bufferHonours: Honours = {
  'envoy.extensions.filters.http.buffer.v3.Buffer': '*',
  'envoy.extensions.filters.http.buffer.v3.BufferPerRoute': '*',
}
