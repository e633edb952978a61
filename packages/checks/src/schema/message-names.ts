import { envoySchema, type MessageName } from '@nuncio/config'
import { NuncioError } from '@nuncio/core'

/**
 * The full name of a message type that is given by its last words: `RouteConfiguration`, `v3.Cluster`. Throws
 * `ERR_NUNCIO_ARGUMENT` for a name that is none.
 */
export function messageNamed(words: string): MessageName {
  const { messages } = envoySchema().table
  const name = Object.hasOwn(messages, words)
    ? words
    : namesEndingWith(words).find((candidate) => Object.hasOwn(messages, candidate))
  if (name === undefined) {
    throw new NuncioError('ERR_NUNCIO_ARGUMENT', `there is no message type ${words}`, {
      hint: "names are those of Envoy's API: RouteConfiguration, Listener, envoy.config.cluster.v3.Cluster",
    })
  }
  return name as MessageName
}

/**
 * What a name may stand for: a message, an enum, or a field of either (`RouteAction.timeout`), by its last words. Full
 * names, those of configuration first and of extensions after; the name itself when it is one.
 */
export function fullNames(words: string): readonly string[] {
  const dot = words.lastIndexOf('.')
  const fields = dot < 0 ? [] : namesEndingWith(words.slice(0, dot)).map((owner) => `${owner}${words.slice(dot)}`)
  return [words, ...namesEndingWith(words), ...fields]
}

/** What is written at top level comes before what is nested. */
function namesEndingWith(words: string): string[] {
  const { messages, enums } = envoySchema().table
  return [...Object.keys(messages), ...Object.keys(enums)]
    .filter((name) => name.endsWith(`.${words}`))
    .toSorted((a, b) => rank(a) - rank(b) || a.length - b.length)
}

function rank(name: string): number {
  return name.startsWith('envoy.config.') ? 0 : 1
}
