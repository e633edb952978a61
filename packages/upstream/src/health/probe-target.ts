import { type ClusterHost, createHost, type Host } from '@nuncio/cluster'

/**
 * Where checks of a host go: its `health_check_config`, else `alt_port`, else where its traffic goes. A proxy is asked for
 * the host itself, by its name, as in Envoy.
 */
export function probeTarget(host: Host, altPort: number | undefined): ClusterHost {
  const target = host.proxyAddress === undefined ? host.healthCheckTarget : undefined
  const alternative = host.proxyAddress === undefined ? altPort : undefined
  return createHost({
    ip: target?.ip ?? host.ip,
    port: target !== undefined && target.port !== host.port ? target.port : (alternative ?? host.port),
    hostname: host.hostname,
    metadata: host.metadata,
    proxyAddress: host.proxyAddress,
    additionalAddresses: target === undefined || target.ip === host.ip ? host.additionalAddresses : [],
  })
}
