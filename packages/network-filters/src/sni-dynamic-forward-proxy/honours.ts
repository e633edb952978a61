import type { Honours } from '@nuncio/config'

// The DNS cache itself is declared by the cluster that shares it.
export const sniDynamicForwardProxyHonours: Honours = {
  'envoy.extensions.filters.network.sni_dynamic_forward_proxy.v3.FilterConfig': '*',
}
