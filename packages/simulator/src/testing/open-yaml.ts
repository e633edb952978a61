import { builtinLoadBalancers } from '@nuncio/balancers'
import { load, type Message, type MessageName } from '@nuncio/config'

/** A message from YAML that must be without problems. */
export function openYaml<T extends MessageName>(type: T, yaml: string): Message<T> {
  const { config, problems } = load(type, yaml, { definitions: builtinLoadBalancers.map((each) => each.config) })
  if (config === undefined || problems.length > 0)
    throw new Error(problems.map(({ line, message }) => `${line}: ${message}`).join('\n'))
  return config
}
