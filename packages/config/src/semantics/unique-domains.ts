import type { SemanticRule } from './rule.ts'

/** A domain leads to one virtual host. Letter case does not tell domains apart. */
export const uniqueDomains: SemanticRule = {
  types: ['envoy.config.route.v3.RouteConfiguration'],
  check(context) {
    for (const routes of context.found('envoy.config.route.v3.RouteConfiguration')) {
      const seen = new Map<string, string>()
      for (const host of routes.virtual_hosts ?? []) {
        for (const [i, domain] of (host.domains ?? []).entries()) {
          const key = domain.toLowerCase()
          const other = seen.get(key)
          if (other === undefined) seen.set(key, host.name ?? '')
          else
            context.say(
              'duplicate-domain',
              'error',
              host.domains!,
              i,
              `the domain "${domain}" already leads to virtual host "${other}"`,
              'keep it in one virtual host',
            )
        }
      }
    }
  },
}

/** Virtual hosts of one name share their stats, and no one can tell them apart. */
export const uniqueVirtualHosts: SemanticRule = {
  types: ['envoy.config.route.v3.RouteConfiguration'],
  check(context) {
    for (const routes of context.found('envoy.config.route.v3.RouteConfiguration')) {
      const seen = new Set<string>()
      for (const host of routes.virtual_hosts ?? []) {
        const name = host.name ?? ''
        if (name !== '' && seen.has(name))
          context.say('duplicate-name', 'warning', host, 'name', `a virtual host named "${name}" is already there`)
        seen.add(name)
      }
    }
  },
}
