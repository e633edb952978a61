import type { SemanticRule } from './rule.ts'

/** Health checks of one cluster are told apart by their names. */
export const healthChecks: SemanticRule = {
  types: ['envoy.config.cluster.v3.Cluster'],
  check(context) {
    for (const { health_checks: checks = [] } of context.found('envoy.config.cluster.v3.Cluster')) {
      const seen = new Set<string>()
      for (const check of checks) {
        const name = check.name ?? ''
        if (checks.length > 1 && name === '')
          context.say(
            'missing-field',
            'error',
            check,
            undefined,
            '"name" is required where a cluster has several health checks',
          )
        if (name !== '' && seen.has(name))
          context.say('duplicate-name', 'error', check, 'name', `a health check named "${name}" is already there`)
        seen.add(name)
      }
    }
  },
}
