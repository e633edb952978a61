import { envoyMessage } from '@nuncio/config'
import type { NetworkConnection, NetworkFilterDefinition } from '@nuncio/listener'
import { echoHonours } from './honours.ts'

function accept(connection: NetworkConnection): void {
  const { socket } = connection
  const first = connection.takeInitialData()
  if (first !== undefined) socket.write(first)
  socket.pipe(socket)
}

/** `envoy.filters.network.echo`: sends back what comes, for tests of what stands before it. */
export const echo: NetworkFilterDefinition<object> = {
  name: 'envoy.filters.network.echo',
  config: envoyMessage('envoy.extensions.filters.network.echo.v3.Echo', echoHonours),
  stability: 'stable',
  terminal: true,
  create: () => ({ accept }),
}
