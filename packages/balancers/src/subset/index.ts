import { envoyMessage, type Message } from '@nuncio/config'
import { reportAt } from '@nuncio/cluster'
import type { LoadBalancerDefinition } from '../contracts.ts'
import { readSelectors } from './selectors.ts'
import { SubsetLoadBalancer } from './subset-load-balancer.ts'

const TYPE = 'envoy.extensions.load_balancing_policies.subset.v3.Subset'

/** Balances among the hosts whose metadata a route asks for. */
export const subset: LoadBalancerDefinition<Message<typeof TYPE>> = {
  name: 'envoy.load_balancing_policies.subset',
  config: envoyMessage(TYPE, { [TYPE]: '*', [`${TYPE}.LbSubsetSelector`]: '*' }),
  stability: 'stable',
  create(config, setup) {
    const first = setup.child(config.subset_lb_policy)
    if (first === undefined) return undefined
    first.dispose?.()
    const fallback = config.fallback_policy ?? 'NO_FALLBACK'
    if (config.scale_locality_weight === true && config.locality_weight_aware !== true) {
      const message = 'scale_locality_weight does nothing without locality_weight_aware'
      reportAt(setup, config, 'scale_locality_weight', { code: 'no-effect', severity: 'warning', message })
    }
    return new SubsetLoadBalancer(
      {
        selectors: readSelectors(config.subset_selectors ?? [], setup),
        fallback,
        defaultSubset: config.default_subset ?? {},
        panicModeAny: config.panic_mode_any ?? false,
        listAsAny: config.list_as_any ?? false,
        allowRedundantKeys: config.allow_redundant_keys ?? false,
        fallbackList: config.metadata_fallback_policy === 'FALLBACK_LIST',
        weights:
          config.locality_weight_aware !== true ? 'drop' : config.scale_locality_weight === true ? 'scale' : 'keep',
        sample: first,
        // It could be made once, so it can be made again; its problems were told then.
        createChild: () => setup.child(config.subset_lb_policy, true)!,
      },
      setup,
    )
  },
}
