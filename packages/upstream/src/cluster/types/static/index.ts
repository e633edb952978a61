import { describeAssignment } from '@nuncio/cluster'
import type { ClusterTypeDefinition, DiscoveryContext } from '../../cluster-type.ts'
import { reporting } from '../reporting.ts'

/** The hosts that the configuration names, by address. */
export const staticCluster: ClusterTypeDefinition = {
  name: 'envoy.cluster.static',
  discoveryType: 'STATIC',
  stability: 'stable',
  create(_config, context: DiscoveryContext) {
    return {
      start() {
        context.setMembership(describeAssignment(context.info.config.load_assignment ?? {}, reporting(context.place)))
        context.ready()
      },
      assign(config, place) {
        const membership = describeAssignment(config.load_assignment ?? {}, reporting(place))
        return () => context.setMembership(membership)
      },
      close() {},
    }
  },
}
