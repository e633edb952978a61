import type { Message } from '../message.ts'
import type { SemanticContext, SemanticRule } from './rule.ts'

type HeaderValueOption = Message<'envoy.config.core.v3.HeaderValueOption'>

interface HeaderLists {
  readonly request_headers_to_add?: readonly HeaderValueOption[]
  readonly response_headers_to_add?: readonly HeaderValueOption[]
  readonly request_headers_to_remove?: readonly string[]
  readonly response_headers_to_remove?: readonly string[]
}

const LEVELS = [
  'envoy.config.route.v3.RouteConfiguration',
  'envoy.config.route.v3.VirtualHost',
  'envoy.config.route.v3.Route',
  'envoy.config.route.v3.WeightedCluster.ClusterWeight',
] as const
const OPTION = 'envoy.config.core.v3.HeaderValueOption'

/**
 * The lists of headers on routes leave pseudo headers and the host alone, which other fields rewrite; and what is done
 * with a header, wherever it is added, is said once.
 */
export const headerNames: SemanticRule = {
  types: [...LEVELS, OPTION],
  check(context) {
    for (const type of LEVELS) for (const message of context.found(type)) checkLists(context, message)
    for (const option of context.found(OPTION)) checkAction(context, option)
  },
}

function checkLists(context: SemanticContext, lists: HeaderLists): void {
  for (const list of [lists.request_headers_to_add, lists.response_headers_to_add])
    for (const option of list ?? []) checkName(context, option)
  for (const list of [lists.request_headers_to_remove, lists.response_headers_to_remove]) {
    for (const [i, name] of (list ?? []).entries()) {
      if (isReserved(name)) context.say('reserved-header', 'error', list!, i, `"${name}" may not be removed`)
    }
  }
}

function checkName(context: SemanticContext, option: HeaderValueOption): void {
  const name = option.header?.key ?? ''
  if (isReserved(name))
    context.say(
      'reserved-header',
      'error',
      option.header!,
      'key',
      `"${name}" may not be changed by a list of headers`,
      'use host_rewrite_literal or prefix_rewrite and their like',
    )
}

function checkAction(context: SemanticContext, option: HeaderValueOption): void {
  if (
    option.append !== undefined &&
    option.append_action !== undefined &&
    option.append_action !== 'APPEND_IF_EXISTS_OR_ADD'
  ) {
    context.say(
      'oneof-conflict',
      'error',
      option,
      'append',
      '"append" and "append_action" exclude each other',
      'keep append_action',
    )
  }
}

function isReserved(name: string): boolean {
  return name.startsWith(':') || name.toLowerCase() === 'host'
}
