import { quoted } from '@nuncio/matching'
import { portStart } from '@nuncio/router'
import type { ConfigView, RouteConfiguration } from '../../view/config-view.ts'
import type { LintRule } from '../rule.ts'

export const unreachableDomain: LintRule = {
  code: 'unreachable-domain',
  severity: 'warning',
  title: 'A domain that no request can have.',
  why: 'Domains are compared with the host of a request: no scheme, no path, and the port as the client sent it, unless the port is taken off before (`ignore_port_in_host_matching`, `strip_any_host_port`, `strip_matching_host_port`); then domains with a port are never found. A `*` that is not at an end is an ordinary character.',
  check({ view, say }) {
    for (const config of view.loaded.routeConfigurations) {
      // Then domains are compared with a header that may hold anything.
      if ((config.vhost_header ?? '') !== '') continue
      const stripped = strippedPort(view, config)
      for (const host of config.virtual_hosts ?? []) {
        host.domains?.forEach((domain, i) => {
          const why = defect(domain) ?? portDefect(domain, stripped)
          if (why !== undefined) say(host.domains!, i, `no request has the host ${quoted(domain)}: ${why}`)
        })
      }
    }
  },
}

function defect(domain: string): string | undefined {
  if (domain.includes('://')) return 'a domain has no scheme'
  if (domain.includes('/')) return 'a domain has no path'
  if (/\s/.test(domain)) return 'a host has no blanks'
  const star = domain.indexOf('*', 1)
  const inner = star > 0 && star < domain.length - 1
  if (inner || (domain.length > 1 && domain.startsWith('*') && domain.endsWith('*')))
    return 'a * counts as a wildcard at one end only'
  return undefined
}

interface Stripped {
  readonly any: string | undefined
  readonly matching: ReadonlySet<string>
}

/** Which ports hosts lose before they are compared, and by what, when that holds for every way to these routes. */
function strippedPort(view: ConfigView, config: RouteConfiguration): Stripped {
  if (config.ignore_port_in_host_matching === true)
    return { any: 'ignore_port_in_host_matching takes ports off', matching: new Set() }
  const managers = view.managers.filter((manager) => view.routesOf(manager.config) === config)
  if (managers.length === 0) return { any: undefined, matching: new Set() }
  const all = managers.every((manager) => manager.config.strip_any_host_port === true)
  const ports = managers.map((manager) =>
    manager.config.strip_matching_host_port === true
      ? String(manager.listener.address?.socket_address?.port_value ?? '')
      : '',
  )
  return {
    any: all ? 'strip_any_host_port takes ports off' : undefined,
    matching: new Set(new Set(ports).size === 1 ? ports : []),
  }
}

function portDefect(domain: string, stripped: Stripped): string | undefined {
  const at = portStart(domain)
  if (at < 0) return undefined
  if (stripped.any !== undefined) return `${stripped.any} before domains are compared`
  return stripped.matching.has(domain.slice(at + 1))
    ? 'strip_matching_host_port takes this port off before domains are compared'
    : undefined
}
