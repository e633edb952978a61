import { isMessage, type Message } from '@nuncio/config'
import { type ConnectionInfo, type RequestHeaders, StreamInfo } from '@nuncio/core'
import { type ConfigPlace, quoted } from '@nuncio/matching'
import { formatting } from '../headers/format-context.ts'
import { applySteps, compileMutationList, type HeaderStep } from '../headers/mutation-list.ts'
import type { FormatOptions } from '../headers/mutations.ts'

type Extensions = readonly Message<'envoy.config.core.v3.TypedExtensionConfig'>[]

const MUTATION = 'envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation'

/** What is changed in a request before anybody asks who sent it: `early_header_mutation_extensions`. */
export class EarlyMutations {
  readonly #steps: readonly HeaderStep[]

  constructor(extensions: Extensions, place: ConfigPlace, options: FormatOptions) {
    this.#steps = extensions.flatMap((extension, i) => {
      const at = place.item('early_header_mutation_extensions', i, extension)
      const config = extension.typed_config
      if (isMessage(config, MUTATION))
        return compileMutationList(config.mutations, at.at('typed_config', config), 'mutations', options)
      at.error('unsupported', `the early header mutation ${quoted(config?.['@type'] ?? '')} is not supported`)
      return []
    })
  }

  /** `info` is what formats read; left out, they see the connection alone. */
  apply(headers: RequestHeaders, connection: ConnectionInfo, info?: StreamInfo): void {
    applySteps(this.#steps, headers, formatting(info ?? new StreamInfo(connection, 0, 0), headers, undefined))
  }
}
