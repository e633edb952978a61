/** What filters may know of the proxy that they run in. */
export interface ProxyView {
  /** The cluster that this proxy belongs to: `--service-cluster`, or `node.cluster` of the bootstrap; '' = not named. */
  readonly localCluster: string
  /** `--service-node`, or `node.id` of the bootstrap; '' or absent = not named. */
  readonly localNode?: string
  /** `node.metadata` of the bootstrap; absent = none. */
  readonly nodeMetadata?: Readonly<Record<string, unknown>> | undefined
  /** An IP address by which others reach this proxy's machine; '' or absent = not known. */
  readonly localAddress?: string
  /** `cluster_manager.local_cluster_name`: the cluster of this proxy and its siblings; absent = none is named. */
  readonly siblings?: string | undefined
  /** Whether health checks of this proxy are to fail: `POST /healthcheck/fail` said so. */
  readonly healthCheckFailed: boolean
}
