import { message, type MessageSchema } from '@nuncio/config'
import type { FilterStream, HttpFilterDefinition } from '@nuncio/filter-chain'
import { type HandlerContext, StreamContext } from './fetch-context.ts'
import { FetchFilter, type Next } from './fetch-filter.ts'

/**
 * An HTTP filter as one function. What it returns goes to the client: the response of `next()`, as it is or changed, or
 * one of its own. What it throws is a 500.
 */
export type FetchHandler<C, R = C> = (
  request: Request,
  next: Next,
  context: HandlerContext<C, R>,
) => Response | Promise<Response>

/** How a handler becomes a filter; `C` is its configuration, `R` that of routes. */
export interface FetchFilterOptions<C, R = C> {
  /** The filter's name, `acme.rate_card`; the type of its configuration when left out. */
  readonly name?: string
  /** What users may write; see `message` of @nuncio/config. */
  readonly config: MessageSchema<C>
  /** What routes may write; the same as `config` when left out. */
  readonly routeConfig?: MessageSchema<R>
  /**
   * The most of a request's body that is read before `next()`, or of a response's before the handler returns, and of a
   * body that has to be there whole; 1 MiB by default. More of a request is a 413, of a response a 500.
   */
  readonly maxBytes?: number
  readonly stability?: 'stable' | 'alpha' | 'wip'
}

const MAX_BYTES = 1 << 20

/**
 * Makes an HTTP filter of a Fetch-style handler. A type name alone stands for a filter without configuration.
 *
 *     export const greet = fromFetchHandler('acme.filters.v1.Greet', async (request, next) => {
 *       const response = await next()
 *       response.headers.set('x-greeting', 'hello')
 *       return response
 *     })
 *
 * Bodies stream. One that the handler does not touch goes by without a copy, with its trailers; one that it puts in the
 * place goes out piece by piece, as fast as the other side takes it.
 */
export function fromFetchHandler<C, R = C>(
  options: string | FetchFilterOptions<C, R>,
  handler: FetchHandler<C, R>,
): HttpFilterDefinition<C, R> {
  const given: FetchFilterOptions<C, R> =
    typeof options === 'string' ? { config: message(options, {}) as MessageSchema<C> } : options
  const { config, name = config.type, maxBytes = MAX_BYTES, stability = 'stable', routeConfig } = given
  return {
    name,
    config,
    stability,
    ...(routeConfig !== undefined && { routeConfig }),
    create: (own, filter) => {
      const bound = async (request: Request, next: Next, stream: FilterStream) =>
        await handler(request, next, new StreamContext<C, R>(own, filter, stream))
      return () => new FetchFilter(bound, maxBytes)
    },
  }
}
