import type { FormatContext, FormatEnvironment } from '@nuncio/access-log'
import type { Message } from '@nuncio/config'
import type { ConfigPlace } from '@nuncio/matching'
import type { TraceShares } from '../sampling/decide-reason.ts'
import { routeShares } from '../sampling/shares.ts'
import { compileCustomTags, compileOperation, type CustomTags } from '../tags/custom-tags.ts'

/** What a route says about tracing; each part may be missing. */
export interface RouteTracing {
  /** Undefined: the connection manager's. */
  readonly shares: TraceShares | undefined
  /** Beside the connection manager's, and in place of those of the same name. */
  readonly tags: CustomTags | undefined
  readonly operation: Operation | undefined
  readonly upstreamOperation: Operation | undefined
  readonly decorator: Decorator | undefined
}

/** Makes the name of a span when it is over. */
export type Operation = (context: FormatContext) => string

/** A route's `decorator`. */
export interface Decorator {
  /** '' = none. */
  readonly operation: string
  /** Whether the other side is told. */
  readonly propagate: boolean
}

/** Compiles `tracing` and `decorator` of the route at `place`; undefined when it has neither. */
export function compileRouteTracing(
  config: Pick<Message<'envoy.config.route.v3.Route'>, 'tracing' | 'decorator'>,
  place: ConfigPlace,
  environment: FormatEnvironment | undefined,
): RouteTracing | undefined {
  const { tracing, decorator } = config
  if (tracing === undefined && decorator === undefined) return undefined
  const at = place.at('tracing', tracing)
  return {
    shares: tracing && routeShares(tracing),
    tags: compileCustomTags(tracing?.custom_tags, at, environment),
    operation: operationOf(tracing?.operation, at.at('operation'), environment),
    upstreamOperation: operationOf(tracing?.upstream_operation, at.at('upstream_operation'), environment),
    decorator: decorator && { operation: decorator.operation ?? '', propagate: decorator.propagate ?? true },
  }
}

/** Compiles an `operation`; undefined when it is empty. */
export function operationOf(
  text: string | undefined,
  place: ConfigPlace,
  environment: FormatEnvironment | undefined,
): Operation | undefined {
  return text === undefined || text === '' ? undefined : compileOperation(text, place, environment)
}
