import type { FilterMetadata } from '@nuncio/core'

/** A `Metadata` message as an attribute; an empty one has no field. */
export function metadataMessage(namespaces: FilterMetadata | undefined): object {
  return namespaces === undefined || Object.keys(namespaces).length === 0 ? {} : { filter_metadata: namespaces }
}
