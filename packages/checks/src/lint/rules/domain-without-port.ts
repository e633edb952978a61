import { quoted } from '@nuncio/matching'
import { portStart } from '@nuncio/router'
import type { LintRule } from '../rule.ts'

export const domainWithoutPort: LintRule = {
  code: 'domain-without-port',
  severity: 'info',
  title: 'Domains without a port on a listener that clients name with its port.',
  why: 'Clients of `http://a.com:8080` send `Host: a.com:8080`, and that is not the domain `a.com`. Where nothing in front maps the port to 80 or 443, set `strip_any_host_port` on the connection manager or `ignore_port_in_host_matching` on the routes, or list `a.com:8080` too.',
  check({ view, say }) {
    const seen = new Set<object>()
    for (const { config: manager, listener } of view.managers) {
      const routes = view.routesOf(manager)
      const port = listener.address?.socket_address?.port_value
      if (routes === undefined || port === undefined || port === 80 || port === 443 || seen.has(routes)) continue
      seen.add(routes)
      const ignored =
        (routes.vhost_header ?? '') !== '' ||
        routes.ignore_port_in_host_matching === true ||
        manager.strip_any_host_port === true ||
        manager.strip_matching_host_port === true
      const hosts = routes.virtual_hosts ?? []
      const domains = hosts.flatMap((host) => host.domains ?? [])
      if (ignored || domains.some((domain) => domain.endsWith('*') || portStart(domain) >= 0)) continue
      const first = hosts.find((host) => (host.domains?.length ?? 0) > 0)
      if (first === undefined) continue
      say(
        first.domains!,
        0,
        `a client that asks for port ${port} sends the host ${quoted(`${domains[0]}:${port}`)}, which no domain here fits`,
        'set strip_any_host_port: true on the connection manager',
      )
    }
  },
}
