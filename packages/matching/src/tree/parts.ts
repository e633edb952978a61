import type { AnyMessage } from '@nuncio/config'
import type { ConfigPlace } from '../place/config-place.ts'
import type { CustomMatcherRegistry } from './custom.ts'
import type { InputRegistry, MatchInput } from './inputs.ts'

/** A test of all that a tree knows, and no value of it. */
export interface DataMatcher<D> {
  test(data: D): boolean
  describe(): string
}

/**
 * By the type of an input that stands for all of the data: the type of the one matcher that takes it, and how to make
 * that; undefined when it is refused, which it reports itself.
 */
export type DataMatcherRegistry<D> = ReadonlyMap<
  string,
  {
    readonly matcher: string
    readonly make: (config: AnyMessage, place: ConfigPlace) => DataMatcher<D> | undefined
  }
>

/** What match trees over data `D` are built from. */
export interface TreeParts<D> {
  readonly inputs: InputRegistry<D>
  readonly customMatchers: CustomMatcherRegistry
  readonly dataMatchers: DataMatcherRegistry<D>
}

interface ExtensionConfig {
  readonly name?: string
  readonly typed_config?: AnyMessage
}

/** Makes the input in the field `input` of the message at `place`; undefined (and a problem) when it is not known. */
export function compileInput<D>(
  config: ExtensionConfig | undefined,
  place: ConfigPlace,
  parts: TreeParts<D>,
): MatchInput<D> | undefined {
  const any = config?.typed_config
  const type = any?.['@type'] ?? ''
  const make = parts.inputs.get(type)
  if (make === undefined)
    place.at('input', config).error('unsupported', `the input ${JSON.stringify(type)} is not supported here`)
  return make?.(any!)
}
