import { compileFormat, type FormatContext, type FormatEnvironment } from '@nuncio/access-log'
import type { JsonValue, Message } from '@nuncio/config'
import type { Span } from '@nuncio/core'
import { type ConfigPlace, valueAtPath } from '@nuncio/matching'
import { unicode } from './unicode.ts'

type Config = Message<'envoy.type.tracing.v3.CustomTag'>
type MetadataTag = Message<'envoy.type.tracing.v3.CustomTag.Metadata'>

/** A tag that a configuration adds to spans. Undefined: this span has none. */
interface CustomTag {
  readonly name: string
  value(context: FormatContext): string | undefined
}

/** The custom tags of a connection manager or a route. */
export class CustomTags {
  readonly #tags: readonly CustomTag[]
  readonly #names: ReadonlySet<string>

  constructor(tags: readonly CustomTag[]) {
    this.#tags = tags
    this.#names = new Set(tags.map(({ name }) => name))
  }

  has(name: string): boolean {
    return this.#names.has(name)
  }

  /** Sets the tags on a span, but for those that `over` has as well. */
  apply(span: Span, context: FormatContext, over: CustomTags | undefined): void {
    for (const tag of this.#tags) {
      if (over?.has(tag.name) === true) continue
      const value = tag.value(context)
      if (value !== undefined && value !== '') span.setAttribute(tag.name, value)
    }
  }
}

/** Compiles a list of custom tags, the `custom_tags` of the message at `place`; undefined when there are none. */
export function compileCustomTags(
  configs: readonly Config[] | undefined,
  place: ConfigPlace,
  environment: FormatEnvironment | undefined,
): CustomTags | undefined {
  if (configs === undefined || configs.length === 0) return undefined
  return new CustomTags(
    configs.flatMap((config, i) => {
      const value = compileValue(config, place.item('custom_tags', i, config), environment)
      return value === undefined ? [] : [{ name: config.tag ?? '', value }]
    }),
  )
}

function compileValue(
  config: Config,
  place: ConfigPlace,
  environment: FormatEnvironment | undefined,
): CustomTag['value'] | undefined {
  const { literal, environment: variable, request_header: header, metadata, value } = config
  if (literal !== undefined) return () => literal.value
  if (variable !== undefined) {
    const text = environment?.environment?.(variable.name ?? '') ?? variable.default_value
    return () => text
  }
  if (header !== undefined) {
    const name = (header.name ?? '').toLowerCase()
    return (context) => {
      const found = context.request?.get(name)
      return found === undefined ? header.default_value : unicode(found)
    }
  }
  if (metadata !== undefined) return metadataTag(metadata)
  if (value !== undefined) return formatted(value, place, environment)
  place.error('missing-field', 'a custom tag needs one of literal, environment, request_header, metadata, value')
  return undefined
}

function formatted(
  text: string,
  place: ConfigPlace,
  environment: FormatEnvironment | undefined,
): CustomTag['value'] | undefined {
  const format = compileOperation(text, place.at('value'), environment)
  return format && ((context) => format(context))
}

/** Compiles a format for a tag or a span's name; a missing value prints nothing. Undefined after reporting what is wrong. */
export function compileOperation(
  text: string,
  place: ConfigPlace,
  environment: FormatEnvironment | undefined,
): ((context: FormatContext) => string) | undefined {
  const compiled = compileFormat(text, { environment, omitEmpty: true, controls: 'none' })
  if (compiled.ok) return (context) => unicode(compiled.formatter.format(context))
  place.error(
    compiled.code,
    `${compiled.message} (at character ${compiled.offset + 1})`,
    'a percent sign is written %%',
  )
  return undefined
}

type Fields = Readonly<Record<string, unknown>> | undefined
type Source = (context: FormatContext, namespace: string) => Fields

const SOURCES = {
  request: ({ info }, namespace) => info.metadata?.get(namespace),
  route: ({ info }, namespace) => info.routeMetadata?.[namespace] as Fields,
  cluster: ({ info }, namespace) => info.upstreamClusterMetadata?.[namespace],
  host: ({ info }, namespace) => info.upstreamHost?.metadata?.[namespace],
} satisfies Record<string, Source>

function metadataTag(config: MetadataTag): CustomTag['value'] {
  const { kind = {}, metadata_key: key = {}, default_value: fallback } = config
  const name = (['route', 'cluster', 'host'] as const).find((each) => kind[each] !== undefined) ?? 'request'
  const source: Source = SOURCES[name]
  const path = (key.path ?? []).map((segment) => segment.key ?? '')
  return (context) => printed(valueAtPath(source(context, key.key ?? ''), path)) ?? fallback
}

/** Text as it is, other values as JSON. */
function printed(value: JsonValue | undefined): string | undefined {
  if (value === undefined || value === null) return undefined
  return typeof value === 'string' ? value : JSON.stringify(value)
}
