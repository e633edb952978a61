import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text as textOf } from 'node:stream/consumers'

/** A proxy that plays a document: where it listens, and how to ask and stop it. */
export interface Proxy extends AsyncDisposable {
  readonly name: 'envoy' | 'nuncio'
  /** Ports of listeners by name. */
  readonly ports: ReadonlyMap<string, number>
  readonly adminPort: number
}

/** Asks the admin of a proxy. */
export async function admin(
  proxy: { readonly adminPort: number },
  path: string,
  method = 'GET',
): Promise<{ status: number; type: string; text: string }> {
  // A connection of its own: one that was kept may be closed at the very moment of the next request.
  const asking = request({ host: '127.0.0.1', port: proxy.adminPort, path, method, agent: false }).end()
  // Envoy answers HEAD with a body, which breaks the connection once the response is there; before, `once` rejects.
  asking.on('error', () => {})
  const [response] = (await once(asking, 'response')) as [IncomingMessage]
  return {
    status: response.statusCode ?? 0,
    type: response.headers['content-type'] ?? '',
    text: await textOf(response),
  }
}

interface ListenerStatuses {
  readonly listener_statuses?: readonly {
    readonly name: string
    readonly local_address: { readonly socket_address?: { readonly port_value: number } }
  }[]
}

/** Ports by listener, from the admin. */
export async function listenerPorts(adminPort: number): Promise<ReadonlyMap<string, number>> {
  const { text } = await admin({ adminPort }, '/listeners?format=json')
  const { listener_statuses = [] } = JSON.parse(text) as ListenerStatuses
  return new Map(
    listener_statuses.map(({ name, local_address }) => [name, local_address.socket_address?.port_value ?? 0]),
  )
}
