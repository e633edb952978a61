import { type Message } from '@nuncio/config'
import { openYaml } from './open-yaml.ts'
import { parseIncident } from '../incident/parse-incident.ts'
import type { SimulationPlan } from '../plan/plan.ts'
import { routesTo } from '../plan/routes-to.ts'

/** What a test says of a simulation: YAML of the cluster beyond its hosts, and what differs from a plain plan. */
export interface PlanWish extends Partial<Omit<SimulationPlan, 'cluster' | 'route' | 'incidents'>> {
  /** Hosts of each priority: `3`, or a list of them. They are 10.P.0.1:80 and on. */
  readonly hosts?: number | readonly number[]
  readonly cluster?: string
  /** YAML of a route action, without its cluster. */
  readonly route?: string
  readonly incidents?: readonly string[]
}

/** A plan for tests: 100 requests/s for 10 s unless told otherwise. */
export function planOf(wish: PlanWish): SimulationPlan {
  const { hosts = 3, cluster = '', route, incidents = [], ...rest } = wish
  const levels = typeof hosts === 'number' ? [hosts] : hosts
  const endpoints = levels.map((count, priority) => ({
    priority,
    locality: { zone: `zone-${priority}` },
    lb_endpoints: Array.from({ length: count }, (_, i) => ({
      endpoint: { address: { socket_address: { address: `10.${priority}.0.${i + 1}`, port_value: 80 } } },
    })),
  }))
  const parsed = openYaml('envoy.config.cluster.v3.Cluster', `name: c\n${cluster}`)
  const config: Message<'envoy.config.cluster.v3.Cluster'> = {
    ...parsed,
    load_assignment: { ...parsed.load_assignment, endpoints },
  }
  return {
    rps: 100,
    seconds: 10,
    seed: 1,
    ...rest,
    cluster: config,
    incidents: incidents.map(parseIncident),
    ...(route !== undefined && { route: routeOf(route) }),
  }
}

function routeOf(action: string): NonNullable<SimulationPlan['route']> {
  const yaml = `virtual_hosts: [{ name: v, domains: ['*'], routes: [{ match: { prefix: / }, route: { cluster: c, ${action} } }] }]`
  const config = openYaml('envoy.config.route.v3.RouteConfiguration', yaml)
  return routesTo('c', [config])[0]!
}
