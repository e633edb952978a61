import type { Message, Problem, Sources } from '@nuncio/config'
import { compileStringMatcher, configPlace } from '@nuncio/matching'
import { accessLogs, type HttpServices } from '@nuncio/network-filters'

type Admin = Message<'envoy.config.bootstrap.v3.Admin'>
type AccessLog = ReturnType<typeof accessLogs>[number]

export interface AdminConfigOptions {
  readonly sources: Sources | undefined
  report(problem: Problem): void
}

/** What `allow_paths` says; without it everything is allowed. */
export function allowedPaths(
  config: Admin | undefined,
  options: AdminConfigOptions,
): { readonly allowsPath?: (path: string) => boolean } {
  const { allow_paths: list = [] } = config ?? {}
  if (list.length === 0) return {}
  const place = configPlace(config, { ...options, path: 'admin' })
  const matchers = list.map((one, i) => compileStringMatcher(one, place.item('allow_paths', i, one)))
  return { allowsPath: (path) => matchers.some((matcher) => matcher.matches(path)) }
}

/** Its access logs; `access_log_path` is one to that file, before those of the list. */
export function adminLogs(
  config: Admin | undefined,
  options: AdminConfigOptions,
  services: Pick<HttpServices, 'accessLog'>,
): AccessLog[] {
  const { access_log: list = [], access_log_path: path = '' } = config ?? {}
  const typed_config = { '@type': 'envoy.extensions.access_loggers.file.v3.FileAccessLog', path } as const
  const all = path === '' ? list : [{ name: 'envoy.access_loggers.file', typed_config }, ...list]
  return accessLogs(all, { ...options, path: 'admin' }, services)
}

/** Reports what is wrong with the admin of a bootstrap before anything starts. */
export function checkAdmin(
  config: Admin | undefined,
  options: AdminConfigOptions,
  services: Pick<HttpServices, 'accessLog'>,
): void {
  allowedPaths(config, options)
  adminLogs(config, options, services)
}
