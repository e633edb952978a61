import type { Logger } from '@nuncio/core'
import type { NetworkFilterVerdict } from '../contracts.ts'
import type { DownstreamConnection } from './connection.ts'
import type { ActiveFilterChain } from './filter-chain.ts'

/** Asks the network filters of a chain in their order and hands the connection to the last; no promise unless one waits. */
export function runNetworkFilters(connection: DownstreamConnection, chain: ActiveFilterChain, logger: Logger): void {
  if (chain.terminal === undefined) {
    connection.close('now', 'no_network_filters')
    return
  }
  runFrom(connection, chain, logger, 0)
}

function runFrom(connection: DownstreamConnection, chain: ActiveFilterChain, logger: Logger, first: number): void {
  const { filters, terminal } = chain
  try {
    for (let i = first; i < filters.length; i++) {
      const verdict = filters[i]!.onNewConnection(connection)
      if (verdict instanceof Promise) {
        void hold(verdict, connection, chain, logger, i + 1)
        return
      }
      if (connection.closed || verdict === 'close') return denied(connection, chain)
    }
    terminal!.accept(connection)
  } catch (error) {
    failed(connection, error, logger)
  }
}

async function hold(
  verdict: Promise<void | NetworkFilterVerdict>,
  connection: DownstreamConnection,
  chain: ActiveFilterChain,
  logger: Logger,
  next: number,
): Promise<void> {
  try {
    const settled = await verdict
    if (connection.closed || settled === 'close') denied(connection, chain)
    else runFrom(connection, chain, logger, next)
  } catch (error) {
    failed(connection, error, logger)
  }
}

function denied(connection: DownstreamConnection, chain: ActiveFilterChain): void {
  connection.close('flush', 'network_filter_close')
  chain.terminal?.onRefused?.(connection)
}

function failed(connection: DownstreamConnection, error: unknown, logger: Logger): void {
  connection.stats.networkFilterError.inc()
  connection.close('reset', 'network_filter_error')
  logger.log('error', 'a network filter failed; its connection was reset', {
    error: error instanceof Error ? error.stack : String(error),
  })
}
