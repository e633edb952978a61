import type { Message } from '@nuncio/config'
import { type ConfigPlace, percentDecoded, wireText } from '@nuncio/matching'
import { formatOf, type RouteTableOptions } from '@nuncio/router'
import type { Formatting } from '../header-lists/header-list.ts'

type Action = NonNullable<Message<'envoy.config.core.v3.KeyValueAppend'>['action']>

/** A change of one query parameter; without a value it is removed. */
export interface ParameterMutation {
  /** Decoded. */
  readonly name: string
  readonly action: Action
  readonly value: ((context: Formatting) => string) | undefined
}

/** Compiles `query_parameter_mutations` of the message at `place`. */
export function compileParameterMutations(
  list: readonly Message<'envoy.config.core.v3.KeyValueMutation'>[] | undefined,
  place: ConfigPlace,
  options: RouteTableOptions,
): readonly ParameterMutation[] {
  return (list ?? []).flatMap((config, i): ParameterMutation[] => {
    const at = place.item('query_parameter_mutations', i, config)
    if (config.append !== undefined && config.remove) {
      at.error('oneof-conflict', 'append and remove are both set', 'make them two mutations')
      return []
    }
    if (config.append === undefined) {
      if (config.remove) return [{ name: wireText(config.remove), action: 'OVERWRITE_IF_EXISTS', value: undefined }]
      at.error('missing-field', 'a query parameter mutation needs append or remove')
      return []
    }
    const { record, action = 'APPEND_IF_EXISTS_OR_ADD' } = config.append
    const recordPlace = at.at('append', config.append).at('record', record)
    if (typeof record?.value !== 'string') {
      recordPlace.error('missing-field', 'a query parameter needs a record with a text as its value')
      return []
    }
    const formatter = formatOf(record.value, recordPlace.at('value'), options)
    if (formatter === undefined) return []
    return [
      {
        name: wireText(record.key ?? ''),
        action,
        value: (context) => formatter.isLiteral ?? formatter.format(context),
      },
    ]
  })
}

/** The path with its query changed; parameters come out in the order of their names, those that stay as they were written. */
export function mutatePath(path: string, mutations: readonly ParameterMutation[], context: Formatting): string {
  const mark = path.indexOf('?')
  const values = mark < 0 ? new Map<string, string[]>() : parse(path.slice(mark + 1))
  for (const mutation of mutations) change(values, mutation, context)
  const query = [...values.keys()]
    .toSorted((a, b) => (a < b ? -1 : 1))
    .flatMap((name) => values.get(name)!)
    .join('&')
  const base = mark < 0 ? path : path.slice(0, mark)
  return query === '' ? base : `${base}?${query}`
}

/** Parameters as they are written, by their names. */
function parse(query: string): Map<string, string[]> {
  const values = new Map<string, string[]>()
  for (const part of query.split('&')) {
    if (part === '') continue
    const equals = part.indexOf('=')
    const name = percentDecoded(equals < 0 ? part : part.slice(0, equals))
    const written = equals < 0 ? `${part}=` : part
    const known = values.get(name)
    if (known === undefined) values.set(name, [written])
    else known.push(written)
  }
  return values
}

function change(values: Map<string, string[]>, { name, action, value }: ParameterMutation, context: Formatting): void {
  const known = values.get(name)
  if (value === undefined) values.delete(name)
  else if (known === undefined) {
    if (action !== 'OVERWRITE_IF_EXISTS') values.set(name, [write(name, value(context))])
  } else if (action === 'APPEND_IF_EXISTS_OR_ADD') known.push(write(name, value(context)))
  else if (action !== 'ADD_IF_ABSENT') values.set(name, [write(name, value(context))])
}

function write(name: string, value: string): string {
  return `${encode(name)}=${encode(value)}`
}

/** Percent-encodes all but letters, digits and `-_.~`; text is bytes as Latin-1. */
function encode(text: string): string {
  return text.replace(
    /[^A-Za-z0-9\-_.~]/g,
    (char) => `%${(char.charCodeAt(0) & 255).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}
