import type { AccessLog } from '@nuncio/access-log'
import type { Message } from '@nuncio/config'
import type { HttpServices, LoadOptions } from './http-services.ts'

/** The access logs of the list `field` of the message at `options.path`; those with a problem are left out. */
export function accessLogs(
  list: readonly Message<'envoy.config.accesslog.v3.AccessLog'>[] | undefined,
  options: LoadOptions,
  services: Pick<HttpServices, 'accessLog'>,
  field = 'access_log',
): AccessLog[] {
  const at = (i: number): LoadOptions => ({ ...options, path: `${options.path}.${field}[${i}]` })
  return (list ?? []).flatMap((log, i) => services.accessLog(log, at(i)) ?? [])
}
