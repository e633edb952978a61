import type { MessageName } from '../message.ts'
import type { SemanticRule } from './rule.ts'

interface Extension {
  readonly typed_config?: { readonly '@type': string }
}

/** Extension points with few extensions, all of which are known. */
const POINTS: readonly { readonly of: MessageName; readonly field: string; readonly takes: readonly MessageName[] }[] =
  [
    {
      of: 'envoy.config.route.v3.InternalRedirectPolicy',
      field: 'predicates',
      takes: [
        'envoy.extensions.internal_redirect.allow_listed_routes.v3.AllowListedRoutesConfig',
        'envoy.extensions.internal_redirect.previous_routes.v3.PreviousRoutesConfig',
        'envoy.extensions.internal_redirect.safe_cross_scheme.v3.SafeCrossSchemeConfig',
      ],
    },
    {
      of: 'envoy.config.core.v3.BindConfig',
      field: 'local_address_selector',
      takes: ['envoy.config.upstream.local_address_selector.v3.DefaultLocalAddressSelector'],
    },
  ]

/** An extension stands only where one of its kind is asked for. */
export const extensionPoints: SemanticRule = {
  types: POINTS.map(({ of }) => of),
  check(context) {
    for (const { of, field, takes } of POINTS) {
      for (const message of context.found(of)) {
        const value = (message as Readonly<Record<string, Extension | readonly Extension[] | undefined>>)[field] ?? []
        for (const extension of [value].flat()) {
          const type = extension.typed_config?.['@type']
          if (type === undefined || takes.some((each) => each === type)) continue
          context.say('unknown-type', 'error', extension, 'typed_config', `"${type}" is nothing that ${field} takes`)
        }
      }
    }
  },
}
