import { envoyMessage } from '@nuncio/config'
import { reportAt } from '@nuncio/cluster'
import type { LoadBalancerDefinition } from '../contracts.ts'

const TYPE = 'envoy.extensions.load_balancing_policies.cluster_provided.v3.ClusterProvided'

/** Leaves balancing to the cluster's type: original destination, aggregate, dynamic forward proxy. */
export const clusterProvided: LoadBalancerDefinition<object> = {
  name: 'envoy.load_balancing_policies.cluster_provided',
  config: envoyMessage(TYPE, { [TYPE]: '*' }),
  stability: 'stable',
  create(config, setup) {
    if (setup.clusterProvided !== undefined) return setup.clusterProvided()
    const message = 'CLUSTER_PROVIDED is for clusters whose type brings a balancer; this one does not'
    reportAt(setup, config, '', { code: 'conflict', message, hint: 'choose another lb_policy, such as ROUND_ROBIN' })
    return undefined
  },
}
