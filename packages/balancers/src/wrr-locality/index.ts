import { type AnyMessage, envoyMessage, type Message } from '@nuncio/config'
import { reportAt } from '@nuncio/cluster'
import type { LoadBalancerDefinition } from '../contracts.ts'

const TYPE = 'envoy.extensions.load_balancing_policies.wrr_locality.v3.WrrLocality'

/** Chooses a locality by weight, and within it by the policy inside. */
export const wrrLocality: LoadBalancerDefinition<Message<typeof TYPE>> = {
  name: 'envoy.load_balancing_policies.wrr_locality',
  config: envoyMessage(TYPE, { [TYPE]: '*' }),
  stability: 'alpha',
  create(config, setup) {
    const inner = config.endpoint_picking_policy?.policies ?? []
    if (inner.length === 0) {
      const message = 'wrr_locality needs a policy for within the localities'
      reportAt(setup, config, 'endpoint_picking_policy', { code: 'missing-field', message })
      return undefined
    }
    return setup.child({
      policies: inner.map(({ typed_extension_config: extension }) => ({
        typed_extension_config: { ...extension, typed_config: byLocality(extension?.typed_config) },
      })),
    })
  },
}

/** Every policy that can go by locality weights says so in one of these two fields. */
function byLocality(config: AnyMessage | undefined): AnyMessage {
  const weighted = { locality_weighted_lb_config: {} }
  return { '@type': '', ...config, ...weighted, locality_lb_config: weighted } as AnyMessage
}
