import { type ClusterHost, createHost, type Host } from '@nuncio/cluster'

/** Where checks of a host go: its `health_check_config`, else `alt_port`, else where its traffic goes. */
export function probeTarget(host: Host, altPort: number | undefined): ClusterHost {
  const { healthCheckTarget: target } = host
  return createHost({
    ip: target?.ip ?? host.ip,
    port: target !== undefined && target.port !== host.port ? target.port : (altPort ?? host.port),
    hostname: target?.hostname ?? '',
    metadata: host.metadata,
    proxyAddress: host.proxyAddress,
    additionalAddresses: target === undefined || target.ip === host.ip ? host.additionalAddresses : [],
  })
}
