import type { Honours } from '@nuncio/config'

// The DNS cache itself is declared by the cluster that shares it.
export const dynamicForwardProxyHonours: Honours = {
  'envoy.extensions.filters.http.dynamic_forward_proxy.v3.FilterConfig': {
    honoured: ['dns_cache_config', 'save_upstream_address', 'allow_dynamic_host_from_filter_state'],
    unsupported: { sub_cluster_config: 'the hosts of all names are in one cluster: use dns_cache_config' },
  },
  'envoy.extensions.filters.http.dynamic_forward_proxy.v3.PerRouteConfig': '*',
}
