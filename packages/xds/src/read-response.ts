import {
  isMessage,
  load,
  type LoadOptions,
  loadWire,
  type MessageName,
  type Position,
  type Problem,
  type Sources,
} from '@nuncio/config'
import { type DiscoveredResource, type DiscoveredResources, hasErrors } from './contracts.ts'

const RESPONSE = 'envoy.service.discovery.v3.DiscoveryResponse'
const WRAPPER = 'envoy.service.discovery.v3.Resource'

/** What a text came to: a response, whose resources may be bad each by itself; or what is wrong with it as a whole. */
export type ReadResponse<T extends MessageName> =
  | { readonly response: DiscoveredResources<T> }
  | { readonly problems: readonly Problem[]; readonly readable: boolean }

/** Reads a DiscoveryResponse: YAML or JSON, or `wire` bytes. `options.file` is the name that problems carry. */
export function readResponse<T extends MessageName>(
  type: T,
  input: string | Uint8Array,
  options: LoadOptions & { readonly file: string },
  wire = false,
): ReadResponse<T> {
  // What a control plane of another age writes is no reason to stop: as in Envoy it is told and left out.
  const given = { ...options, allowUnknownFields: true, noShortForms: true }
  const { partial, problems, sources } =
    wire && typeof input !== 'string' ? loadWire(RESPONSE, input, given) : load(RESPONSE, input, given)
  if (partial === undefined) return { problems, readable: false }
  const own = problems.filter(({ path }) => !path.startsWith('resources['))
  if (hasErrors(own)) return { problems, readable: true }
  const { file } = options
  const place = (node: object): Pick<Problem, 'file' | 'line' | 'column'> =>
    sources.positionOf(node) ?? { file, line: 1, column: 1 }
  const problem = (message: string, path = '', node: object = partial): Problem => {
    return { code: 'invalid-resource', severity: 'error', path, message, hint: '', ...place(node) }
  }
  const list = partial.resources ?? []
  const indices = indicesOf(list, sources)
  const resources = list.map((any, i): DiscoveredResource<T> => {
    const wrapped = isMessage(any, WRAPPER)
    const message = wrapped ? any.resource : any
    const item = `resources[${indices[i]!}]`
    const path = wrapped ? `${item}.resource` : item
    const about = problems.filter((one) => isAt(one, item))
    if (isMessage(message, type)) return { message, path, problems: about }
    const other = problem(`this is no ${type}`, path, any)
    return { message: {}, path, problems: [...about, other] }
  })
  const unread = problems.filter(
    (one) => !own.includes(one) && !indices.some((index) => isAt(one, `resources[${index}]`)),
  )
  return { response: { version: partial.version_info ?? '', resources, unread, sources, problem } }
}

function isAt({ path }: Problem, item: string): boolean {
  return path === item || path.startsWith(`${item}.`)
}

/** Where in the text each item of a list stands: those that could not be read are not in the list. */
function indicesOf(list: readonly object[], sources: Sources): readonly number[] {
  let next = 0
  return list.map((item) => {
    const at = indexOf(sources.positionOf(item), next, (i) => sources.positionOf(list, i))
    next = at + 1
    return at
  })
}

/** The first index from `from` on at this place; `from` itself where nothing has a place, or beyond the end. */
function indexOf(place: Position | undefined, from: number, placeOf: (i: number) => Position | undefined): number {
  if (place === undefined) return from
  for (let i = from; ; i++) {
    const other = placeOf(i)
    if (other === undefined || (other.line === place.line && other.column === place.column)) return i
  }
}
