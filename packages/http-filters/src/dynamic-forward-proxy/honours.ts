import type { Honours } from '@nuncio/config'

// The DNS cache itself is declared by the cluster that shares it.
export const dynamicForwardProxyHonours: Honours = {
  'envoy.extensions.filters.http.dynamic_forward_proxy.v3.FilterConfig': [
    'dns_cache_config',
    'save_upstream_address',
    'allow_dynamic_host_from_filter_state',
  ],
  'envoy.extensions.filters.http.dynamic_forward_proxy.v3.PerRouteConfig': '*',
}
