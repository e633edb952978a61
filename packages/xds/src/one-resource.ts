import type { Message, MessageName, Problem } from '@nuncio/config'
import { type DiscoveredResource, type DiscoveredResources, hasErrors } from './contracts.ts'

/** What a response has for somebody who wants one resource. */
export interface OneResource<T extends MessageName> {
  /** Undefined where the response is empty, or `problems` say why it is no good. */
  readonly resource: DiscoveredResource<T> | undefined
  /** More may be found. */
  readonly problems: Problem[]
  /** It has nothing, which is no mistake: what there is stays. */
  readonly empty: boolean
}

/** As in Envoy a response about one resource has that one, of this name, or nothing at all. */
export function oneResource<T extends MessageName>(
  response: DiscoveredResources<T>,
  name: string,
  nameOf: (message: Message<T>) => string | undefined,
): OneResource<T> {
  const [resource, ...more] = response.resources
  const problems: Problem[] = [...response.unread, ...(resource?.problems ?? [])]
  if (more.length > 0) problems.push(response.problem(`there is to be one resource, not ${more.length + 1}`))
  else if (resource !== undefined && !hasErrors(problems)) {
    const found = nameOf(resource.message) ?? ''
    if (found !== name) problems.push(response.problem(`this is called "${found}", not "${name}"`))
  }
  const good = !hasErrors(problems)
  return { resource: good ? resource : undefined, problems, empty: good && resource === undefined }
}
