export type { DnsAddress, DnsAnswer, DnsLookupFamily, DnsQuery, DnsResolver } from './dns-resolver.ts'
export { NodeResolver, type NodeResolverOptions } from './node-resolver.ts'
