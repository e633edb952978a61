export type { AbortSignalLike, SideRequest, SideResponse } from '@nuncio/cluster'
export type {
  AnyHttpFilterDefinition,
  ClusterClients,
  DataAnswer,
  DataVerdict,
  FilterContext,
  FilterServices,
  HttpFilter,
  HttpFilterConfig,
  HttpFilterDefinition,
  Verdict,
} from './filter.ts'
export { defineHttpFilter } from './filter.ts'
export type { FilterStream } from './filter-stream.ts'
export { LocalReply, localReply, type LocalReplyOptions, RESPONSE_TOO_LARGE } from './local-reply.ts'
export { MoreData } from './more-data.ts'
export type {
  BrotliCompressor,
  CompressorSettings,
  DecompressorSettings,
  GzipCompressor,
  StreamTransform,
  ZstdCompressor,
} from './compression.ts'
export type { Platform } from './platform.ts'
export { ChainStream } from './engine/chain-stream.ts'
export type { LocalReplyMessage } from './engine/local-reply-message.ts'
export { type ChainEntry, HttpFilterChain, type RouteSite } from './engine/plan.ts'
export type { RedirectState, TerminalFilter, TerminalStream, UpstreamStream } from './engine/terminal.ts'
export { grpcMessage, isGrpcContentType } from './grpc-status.ts'
export {
  compileStateValues,
  stateValueHonours,
  type StateValueOptions,
  StateValues,
} from './filter-state/state-values.ts'
export { setTextState, type StateHolder, TextState } from './filter-state/text-state.ts'
export type { ProxyView } from './proxy-view.ts'
export { noPlatform } from './no-platform.ts'
export { buildHttpFilterChain, type ChainEnvironment, type ChainKind } from './build-chain.ts'
export { FIELDS_OF_STREAMS } from './fields-of-streams.ts'
export { compileForClusters } from './compile-for-clusters.ts'
export { changedTypes, mentionsType } from './changed-types.ts'
