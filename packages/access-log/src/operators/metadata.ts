import type { FilterStateValue } from '@nuncio/core'
import type { FormatContext } from '../context.ts'
import {
  fault,
  type FormatValue,
  type OperatorDefinition,
  type OperatorFault,
  type OperatorTable,
  type ValueOf,
  withArgs,
} from './definition.ts'

type Namespaces = (context: FormatContext, namespace: string) => unknown

const dynamic: Namespaces = (context, namespace) =>
  context.info.metadata?.get(namespace) ?? context.info.connection.metadata?.get(namespace)
const route: Namespaces = (context, namespace) => context.info.routeMetadata?.[namespace]
const host: Namespaces = (context, namespace) => context.info.upstreamHost?.metadata?.[namespace]
const cluster: Namespaces = (context, namespace) => context.info.upstreamClusterMetadata?.[namespace]

const TYPES: Readonly<Record<string, Namespaces>> = {
  DYNAMIC: dynamic,
  ROUTE: route,
  UPSTREAM_HOST: host,
  CLUSTER: cluster,
  VIRTUAL_HOST: (context, namespace) => context.info.virtualHostMetadata?.[namespace],
  LISTENER: (context, namespace) => context.info.connection.listenerMetadata?.[namespace],
  LISTENER_FILTER_CHAIN: (context, namespace) => context.info.connection.filterChainMetadata?.[namespace],
}

/** Operators that print metadata and filter state. */
export const metadataOperators: OperatorTable = {
  DYNAMIC_METADATA: unicode(withArgs('required', true, (args) => metadataValue(dynamic, args))),
  CLUSTER_METADATA: unicode(withArgs('required', true, (args) => metadataValue(cluster, args))),
  UPSTREAM_METADATA: unicode(withArgs('required', true, (args) => metadataValue(host, args))),
  METADATA: unicode(withArgs('required', true, typedMetadata)),
  FILTER_STATE: unicode(withArgs('required', true, filterState)),
}

function unicode(definition: OperatorDefinition): OperatorDefinition {
  return { ...definition, unicode: true }
}

function typedMetadata(args: string): ValueOf | OperatorFault {
  const colon = args.indexOf(':')
  const type = colon < 0 ? args : args.slice(0, colon)
  const source = TYPES[type]
  if (source === undefined) return fault(`"${type}" is not a kind of metadata`)
  return metadataValue(source, colon < 0 ? '' : args.slice(colon + 1))
}

/** `namespace:key:key…`; a struct or list on the way is printed as JSON. */
function metadataValue(source: Namespaces, args: string): ValueOf {
  const [namespace = '', ...keys] = args.split(':')
  return (context) => {
    let value = source(context, namespace)
    for (const key of keys) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
      value = (value as Readonly<Record<string, unknown>>)[key]
    }
    return value ?? undefined
  }
}

type Printer = (value: FilterStateValue) => FormatValue

/** `key:PLAIN`, `key:TYPED` (as JSON) or `key:FIELD:name`. */
function filterState(args: string): ValueOf | OperatorFault {
  const [key = '', form = 'TYPED', field = ''] = args.split(':')
  if (form === 'FIELD' && field === '') return fault('FIELD needs the name of a field')
  const printers: Readonly<Record<string, Printer>> = {
    PLAIN: (value) => value.serialize(),
    TYPED: (value) => value.typed?.() ?? new Quoted(value.serialize()),
    FIELD: (value) => value.field?.(field),
  }
  const print = printers[form]
  if (print === undefined) return fault(`"${form}" is not PLAIN, TYPED or FIELD`)
  return (context) => {
    const value = context.info.filterState?.get(key) ?? context.info.connection.filterState?.get(key)
    return value === undefined ? undefined : print(value)
  }
}

/** A string that text formats print as JSON, in quotes; JSON formats print it as the string it is. */
class Quoted {
  readonly #text: string
  constructor(text: string) {
    this.#text = text
  }
  toJSON(): string {
    return this.#text
  }
}
