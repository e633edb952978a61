import { formatContext } from '@nuncio/access-log'
import type { ConnectionLog, ListenerContext } from '@nuncio/listener'
import { accessLogs, type HttpServices } from '@nuncio/network-filters'

/** The access logs of listeners: a line for each connection that is over. */
export function connectionLogs(services: Pick<HttpServices, 'accessLog'>): NonNullable<ListenerContext['accessLog']> {
  return (config, options): ConnectionLog => {
    const logs = accessLogs(config, options, services)
    return {
      log: (info) => {
        const context = formatContext(info)
        context.logType = 'NotSet'
        for (const log of logs) log.log(context)
      },
      close: () => {
        for (const log of logs.splice(0)) void log.close?.()
      },
    }
  }
}
