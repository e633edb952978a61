export { BodyTooLargeError } from './body-too-large.ts'
export type { ClusterFetch, ClusterFetchInit, HandlerContext, Metadata } from './fetch-context.ts'
export type { Next } from './fetch-filter.ts'
export { type FetchFilterOptions, type FetchHandler, fromFetchHandler } from './from-fetch-handler.ts'
