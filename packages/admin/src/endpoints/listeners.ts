import { formatAddress } from '@nuncio/core'
import { addressJson } from '../clusters/clusters-json.ts'
import { type AdminContext, type AdminEndpoint, jsonResponse, textResponse } from '../endpoint.ts'
import type { ListenerView } from '../view/admin-view.ts'

/** `/listeners`: the addresses that are listened on. */
export function listenersEndpoint(context: AdminContext): AdminEndpoint {
  return {
    path: '/listeners',
    help: 'print listener info',
    mutates: false,
    params: [{ name: 'format', help: 'The format', kind: ['text', 'json'] }],
    handle({ params }) {
      const listeners = context.view.listeners()
      if (params.get('format') === 'json') return jsonResponse({ listener_statuses: listeners.map(listenerJson) })
      const lines = listeners.flatMap(({ name, address, additionalAddresses }) =>
        [address, ...additionalAddresses].map((each) => `${name}::${formatAddress(each)}\n`),
      )
      return textResponse(lines.join(''))
    },
  }
}

function listenerJson({ name, address, additionalAddresses }: ListenerView): object {
  return {
    name,
    local_address: addressJson(address),
    ...(additionalAddresses.length > 0 && { additional_local_addresses: additionalAddresses.map(addressJson) }),
  }
}
