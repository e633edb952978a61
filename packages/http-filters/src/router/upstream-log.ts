import { type AccessLog, type AccessLogType, type FormatContext, formatContext } from '@nuncio/access-log'
import type { Message } from '@nuncio/config'
import { requestHeaders, type TimerWheel, type TimeSource } from '@nuncio/core'
import type { FilterContext } from '@nuncio/filter-chain'
import type { TryStory } from './try-story.ts'

type Router = Message<'envoy.extensions.filters.http.router.v3.Router'>

/** `upstream_log`: where the tries of a router are written down, and when. */
export interface UpstreamLog {
  readonly logs: readonly AccessLog[]
  /** A line when the try has its connection. */
  readonly onReady: boolean
  /** Time between the lines while a try runs, ms; 0 = none. */
  readonly intervalMs: number
  readonly wheel: TimerWheel
  readonly time: TimeSource
}

/** Undefined where nothing is logged. */
export function createUpstreamLog(config: Router, context: FilterContext): UpstreamLog | undefined {
  const { upstream_log: list = [], upstream_log_options: options } = config
  const logs = list.flatMap((log, i) => context.accessLog(log, `${context.path}.upstream_log[${i}]`) ?? [])
  if (logs.length === 0) return undefined
  return {
    logs,
    onReady: options?.flush_upstream_log_on_upstream_stream ?? false,
    intervalMs: options?.upstream_log_flush_interval ?? 0,
    wheel: context.wheel,
    time: context.time,
  }
}

/** Filled and read while one line is written. */
let scratch: FormatContext | undefined

export function writeTry({ logs }: UpstreamLog, story: TryStory, type: AccessLogType): void {
  const context = (scratch ??= formatContext(story.info, requestHeaders([])))
  story.measure()
  context.info = story.info
  context.request = story.request
  context.response = story.response
  context.responseTrailers = story.trailers
  context.logType = type
  for (let i = 0; i < logs.length; i++) logs[i]!.log(context)
}
