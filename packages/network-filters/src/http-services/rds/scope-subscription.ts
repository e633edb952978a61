import type { Message, Problem } from '@nuncio/config'
import { type DiscoveredResources, hasErrors, problemsOf, type ResourceSubscriber } from '@nuncio/xds'
import type { RouteSource } from '../http-services.ts'

export const SCOPES = 'envoy.config.route.v3.ScopedRouteConfiguration'

type Scopes = readonly Message<typeof SCOPES>[]

/** Makes routes from scopes that came, which stand in `response`; says what is wrong. */
export type MakeScopes = (
  scopes: Scopes,
  response: DiscoveredResources<typeof SCOPES>,
  report: (problem: Problem) => void,
) => RouteSource

/** The scopes of one connection manager. Each response is all of them; one with an error leaves those that there are. */
export class ScopeSubscription implements ResourceSubscriber<typeof SCOPES>, RouteSource {
  readonly internalOnlyHeaders: readonly string[] = []
  readonly ready: Promise<void>
  readonly #make: MakeScopes
  #routes: RouteSource | undefined = undefined
  #settle: () => void = () => {}
  #end: () => void = () => {}

  constructor(make: MakeScopes) {
    this.#make = make
    this.ready = new Promise((resolve) => (this.#settle = resolve))
  }

  /** `end` ends the subscription, once nobody asks any more. */
  begun(end: () => void): this {
    this.#end = end
    return this
  }

  tableFor(headers: Parameters<RouteSource['tableFor']>[0]): ReturnType<RouteSource['tableFor']> {
    return this.#routes?.tableFor(headers)
  }

  close(): void {
    this.#end()
    this.#routes?.close?.()
  }

  onResources(response: DiscoveredResources<typeof SCOPES>): readonly Problem[] {
    const problems = problemsOf(response)
    if (!hasErrors(problems)) {
      const scopes = response.resources.map(({ message }) => message)
      const next = this.#make(scopes, response, (problem) => void problems.push(problem))
      if (hasErrors(problems)) next.close?.()
      else {
        this.#use(next)
        return problems
      }
    }
    this.#settle()
    return problems
  }

  onFailure(): void {
    this.#settle()
  }

  /** Routes that are named are there before they are asked for. */
  #use(next: RouteSource): void {
    const swap = (): void => {
      const before = this.#routes
      this.#routes = next
      before?.close?.()
      this.#settle()
    }
    if (next.ready === undefined) swap()
    else void next.ready.then(swap)
  }
}
