export type { AbortSignalLike, ClusterClients, DataVerdict, FilterContext, HttpFilter, HttpFilterDefinition, SideRequest, SideResponse, Verdict } from './filter.ts'
export type { FilterStream } from './filter-stream.ts'
export { LocalReply, localReply, type LocalReplyOptions } from './local-reply.ts'
export type { CompressorOptions, Platform, StreamTransform } from './platform.ts'
