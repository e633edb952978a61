import { type RadixNode, RadixTree } from '@nuncio/matching'
import type { Route } from '../contracts.ts'
import { EXACT, TEMPLATE } from '../match/path-specifier.ts'
import type { RouteRequest } from '../match/route-request.ts'
import type { CompiledRoute } from './compiled-route.ts'

/** Routes that share a key of the index, in order. */
class Slot {
  /** Those that the path must begin with the key for. */
  readonly begins: CompiledRoute[] = []
  /** Those that the path must be the key for. */
  readonly equals: CompiledRoute[] = []
}

type Tree = RadixTree<Slot>

// Slots on the way of one look-up; kept between look-ups so that none allocates.
const slots: Slot[] = []

/**
 * Finds the first matching route of many without looking at all: routes are kept in a tree by what their path must
 * begin with, those without such a text in a list. Predicates have no side effects, so candidates may be tested in any
 * order; a candidate behind the best one so far is not tested at all.
 */
export class PathIndex {
  readonly #exactCase: Tree = new RadixTree()
  readonly #anyCase: Tree = new RadixTree({ fold: true })
  readonly #others: CompiledRoute[] = []
  #best: Route | undefined = undefined
  #bestIndex = Infinity

  constructor(routes: readonly CompiledRoute[], ignoreParameters: boolean) {
    for (const route of routes) this.#add(route, ignoreParameters)
  }

  #add(route: CompiledRoute, ignoreParameters: boolean): void {
    const { path } = route
    const key = path.indexKey
    // Templates see path parameters even where the other specifiers do not.
    if (key === undefined || (ignoreParameters && path.kind === TEMPLATE)) {
      this.#others.push(route)
      return
    }
    const node = (path.ignoreCase ? this.#anyCase : this.#exactCase).node(key)
    node.value ??= new Slot()
    if (path.kind === EXACT) node.value.equals.push(route)
    else node.value.begins.push(route)
  }

  find(request: RouteRequest): Route | undefined {
    this.#best = undefined
    this.#bestIndex = Infinity
    if (request.path !== '') {
      this.#walk(this.#exactCase, request)
      this.#walk(this.#anyCase, request)
    }
    this.#try(this.#others, request, false)
    const best = this.#best
    this.#best = undefined
    return best
  }

  /** From the longest key to the shortest: the specific routes usually stand first. */
  #walk(tree: Tree, request: RouteRequest): void {
    const { matchPath, matchEnd } = request
    let count = 0
    let equals: Slot | undefined
    for (
      let node: RadixNode<Slot> | undefined = tree.root;
      node !== undefined;
      node = tree.next(node, matchPath, matchEnd)
    ) {
      if (node.value === undefined) continue
      slots[count++] = node.value
      if (node.depth === matchEnd) equals = node.value
    }
    if (equals !== undefined) this.#try(equals.equals, request, true)
    while (count > 0) this.#try(slots[--count]!.begins, request, true)
  }

  #try(routes: readonly CompiledRoute[], request: RouteRequest, indexed: boolean): void {
    for (let i = 0; i < routes.length; i++) {
      const route = routes[i]!
      if (route.index >= this.#bestIndex) return
      const taken = route.take(request, indexed && route.path.indexDecides)
      if (taken !== undefined) {
        this.#best = taken
        this.#bestIndex = route.index
        return
      }
    }
  }
}
