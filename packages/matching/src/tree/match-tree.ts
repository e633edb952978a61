import type { AnyMessage, Message } from '@nuncio/config'
import type { ConfigPlace } from '../place/config-place.ts'
import { RadixTree } from '../radix/radix-tree.ts'
import { got, quoted, wireText } from '../text/text.ts'
import { compileCustomTree } from './custom-tree.ts'
import { type CustomMatcherRegistry, CUSTOM_MATCHERS } from './custom.ts'
import type { InputRegistry, MatchInput } from './inputs.ts'
import { compileInput, type TreeParts, type DataMatcherRegistry } from './parts.ts'
import { compilePredicate, type TreePredicate } from './predicate.ts'

type MatcherConfig = Message<'xds.type.matcher.v3.Matcher'> | Message<'envoy.config.common.matcher.v3.Matcher'>
/** `keep_matching` of xDS, which the packaged protos do not carry yet. */
export type OnMatchConfig = (
  | Message<'xds.type.matcher.v3.Matcher.OnMatch'>
  | Message<'envoy.config.common.matcher.v3.Matcher.OnMatch'>
) & {
  readonly keep_matching?: boolean
}
type TreeConfig =
  | Message<'xds.type.matcher.v3.Matcher.MatcherTree'>
  | Message<'envoy.config.common.matcher.v3.Matcher.MatcherTree'>
type MapConfig = Readonly<Record<string, OnMatchConfig>>

/** Told of each step of a decision; `ok` says whether matching went on through it. */
export type TreeStep = (text: string, ok: boolean) => void

/** A compiled xDS matcher: data in, an action out. */
export interface MatchTree<D, A> {
  /**
   * The action of the first match, undefined for none. Actions marked `keep_matching` do not end the search: they are
   * given to `kept`. `step` hears the story.
   */
  match(data: D, kept?: (action: A) => void, step?: TreeStep): A | undefined
}

/** What a matcher may look at (in a `D`), and what its actions become (an `A`). */
export interface MatchTreeOptions<D, A> {
  readonly inputs: InputRegistry<D>
  /** What `custom_match` of predicates may be; by default IP, consistent hashing and runtime fraction. */
  readonly customMatchers?: CustomMatcherRegistry
  /** Matchers of all the data; none by default. */
  readonly dataMatchers?: DataMatcherRegistry<D>
  /** Compiles an action; undefined when it is refused, which it reports itself. */
  action(config: AnyMessage, name: string, place: ConfigPlace): A | undefined
}

/** Shared by the parts of one tree. */
export interface TreeBuilder<D, A> extends TreeParts<D> {
  onMatch(config: OnMatchConfig, place: ConfigPlace): OnMatch<D, A>
}

/** Compiles a matcher, of xDS or of Envoy's older form. Inputs and matchers that are not known are problems. */
export function compileMatchTree<D, A>(
  config: MatcherConfig,
  place: ConfigPlace,
  options: MatchTreeOptions<D, A>,
): MatchTree<D, A> {
  const builder: TreeBuilder<D, A> = {
    inputs: options.inputs,
    customMatchers: options.customMatchers ?? CUSTOM_MATCHERS,
    dataMatchers: options.dataMatchers ?? new Map(),
    onMatch: (on, at) => compileOnMatch(on, at, builder, options),
  }
  return compileNode(config, place, builder)
}

/** What to do on a match: go on in another tree, or take an action. */
export class OnMatch<D, A> {
  readonly #tree: MatchTree<D, A> | undefined
  readonly #action: A | undefined
  readonly #keep: boolean

  constructor(tree: MatchTree<D, A> | undefined, action: A | undefined, keep: boolean) {
    this.#tree = tree
    this.#action = action
    this.#keep = keep
  }

  /** The action; undefined when the tree below finds none or the search is to go on. */
  take(data: D, kept?: (action: A) => void, step?: TreeStep): A | undefined {
    const action = this.#tree === undefined ? this.#action : this.#tree.match(data, kept, step)
    if (!this.#keep || action === undefined) return action
    kept?.(action)
    step?.('keep_matching: the search goes on', false)
    return undefined
  }
}

function compileOnMatch<D, A>(
  config: OnMatchConfig,
  place: ConfigPlace,
  builder: TreeBuilder<D, A>,
  options: MatchTreeOptions<D, A>,
): OnMatch<D, A> {
  const keep = config.keep_matching === true
  if (config.matcher !== undefined)
    return new OnMatch(compileNode(config.matcher, place.at('matcher', config.matcher), builder), undefined, keep)
  const any = config.action?.typed_config
  if (any === undefined) place.error('missing-field', 'a match needs a matcher or an action')
  const at = place.at('action', config.action).at('typed_config', any)
  return new OnMatch<D, A>(
    undefined,
    any === undefined ? undefined : options.action(any, config.action?.name ?? '', at),
    keep,
  )
}

function compileNode<D, A>(config: MatcherConfig, place: ConfigPlace, builder: TreeBuilder<D, A>): MatchTree<D, A> {
  const otherwise =
    config.on_no_match === undefined
      ? undefined
      : builder.onMatch(config.on_no_match, place.at('on_no_match', config.on_no_match))
  if (config.matcher_tree !== undefined)
    return compileTree(config.matcher_tree, place.at('matcher_tree', config.matcher_tree), builder, otherwise)
  const list = place.at('matcher_list', config.matcher_list)
  const items = (config.matcher_list?.matchers ?? []).map((item, i): ListItem<D, A> => {
    const at = list.item('matchers', i, item)
    return {
      predicate: compilePredicate(item.predicate ?? {}, at.at('predicate', item.predicate), builder),
      onMatch: builder.onMatch(item.on_match ?? {}, at.at('on_match', item.on_match)),
    }
  })
  return new ListNode(items, otherwise)
}

interface ListItem<D, A> {
  readonly predicate: TreePredicate<D>
  readonly onMatch: OnMatch<D, A>
}

class ListNode<D, A> implements MatchTree<D, A> {
  readonly #items: readonly ListItem<D, A>[]
  readonly #otherwise: OnMatch<D, A> | undefined

  constructor(items: readonly ListItem<D, A>[], otherwise: OnMatch<D, A> | undefined) {
    this.#items = items
    this.#otherwise = otherwise
  }

  match(data: D, kept?: (action: A) => void, step?: TreeStep): A | undefined {
    for (const { predicate, onMatch } of this.#items) {
      const ok = predicate.test(data)
      if (step !== undefined) step(`${predicate.describe()}: ${predicate.explain(data)}`, ok)
      const action = ok ? onMatch.take(data, kept, step) : undefined
      if (action !== undefined) return action
    }
    if (this.#otherwise !== undefined) step?.('on_no_match', true)
    return this.#otherwise?.take(data, kept, step)
  }
}

/** Look-ups by the value of one input: all candidates, the best first. */
export interface TreeLookup<D, A> {
  /** Calls `visit` for each candidate until it answers true. */
  find(value: string, visit: (found: OnMatch<D, A>) => boolean): void
  describe(): string
}

function compileTree<D, A>(
  config: TreeConfig,
  place: ConfigPlace,
  builder: TreeBuilder<D, A>,
  otherwise: OnMatch<D, A> | undefined,
): MatchTree<D, A> {
  const input = compileInput(config.input, place, builder)
  const lookup = treeLookup(config, place, builder)
  return new TreeNode(input, lookup, otherwise)
}

function treeLookup<D, A>(
  config: TreeConfig,
  place: ConfigPlace,
  builder: TreeBuilder<D, A>,
): TreeLookup<D, A> | undefined {
  if (config.exact_match_map !== undefined)
    return new ExactLookup(
      compiledMap(config.exact_match_map.map, place.at('exact_match_map', config.exact_match_map), builder),
    )
  if (config.prefix_match_map !== undefined)
    return new PrefixLookup(
      compiledMap(config.prefix_match_map.map, place.at('prefix_match_map', config.prefix_match_map), builder),
    )
  return compileCustomTree(config.custom_match, place.at('custom_match', config.custom_match), builder)
}

function compiledMap<D, A>(
  map: MapConfig | undefined,
  place: ConfigPlace,
  builder: TreeBuilder<D, A>,
): [string, OnMatch<D, A>][] {
  const at = place.at('map', map)
  return Object.entries(map ?? {}).map(([key, on]) => [wireText(key), builder.onMatch(on, at.at(key, on))])
}

class TreeNode<D, A> implements MatchTree<D, A> {
  readonly #input: MatchInput<D> | undefined
  readonly #lookup: TreeLookup<D, A> | undefined
  readonly #otherwise: OnMatch<D, A> | undefined

  constructor(
    input: MatchInput<D> | undefined,
    lookup: TreeLookup<D, A> | undefined,
    otherwise: OnMatch<D, A> | undefined,
  ) {
    this.#input = input
    this.#lookup = lookup
    this.#otherwise = otherwise
  }

  match(data: D, kept?: (action: A) => void, step?: TreeStep): A | undefined {
    const value = this.#input?.get(data)
    let action: A | undefined
    let found = false
    if (value !== undefined) {
      this.#lookup?.find(value, (on) => {
        if (!found) step?.(`${this.#describe()}: ${quoted(value)}`, true)
        found = true
        action = on.take(data, kept, step)
        return action !== undefined
      })
    }
    if (action !== undefined) return action
    if (!found) step?.(`${this.#describe()}: ${got(value)}`, false)
    if (this.#otherwise !== undefined) step?.('on_no_match', true)
    return this.#otherwise?.take(data, kept, step)
  }

  #describe(): string {
    return `${this.#input?.describe() ?? 'an unsupported input'} in ${this.#lookup?.describe() ?? 'an unsupported map'}`
  }
}

class ExactLookup<D, A> implements TreeLookup<D, A> {
  readonly #map: ReadonlyMap<string, OnMatch<D, A>>
  constructor(entries: Iterable<[string, OnMatch<D, A>]>) {
    this.#map = new Map(entries)
  }
  find(value: string, visit: (found: OnMatch<D, A>) => boolean): void {
    const found = this.#map.get(value)
    if (found !== undefined) visit(found)
  }
  describe(): string {
    return 'the exact map'
  }
}

/** The longest prefix first; when the tree below it finds nothing, shorter ones. */
class PrefixLookup<D, A> implements TreeLookup<D, A> {
  readonly #tree = new RadixTree<OnMatch<D, A>>()
  constructor(entries: Iterable<[string, OnMatch<D, A>]>) {
    for (const [prefix, on] of entries) this.#tree.set(prefix, on)
  }
  find(value: string, visit: (found: OnMatch<D, A>) => boolean): void {
    const found = this.#tree.all(value)
    for (let i = found.length - 1; i >= 0; i--) if (visit(found[i]!)) return
  }
  describe(): string {
    return 'the prefix map'
  }
}
