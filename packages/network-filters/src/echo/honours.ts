import type { Honours } from '@nuncio/config'

export const echoHonours: Honours = { 'envoy.extensions.filters.network.echo.v3.Echo': '*' }
