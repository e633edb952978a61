import type { Span, StreamInfo } from '@nuncio/core'

const UPSTREAM = [
  ['first_upstream_tx_byte_sent', 'firstUpstreamTxMs'],
  ['last_upstream_tx_byte_sent', 'lastUpstreamTxMs'],
  ['first_upstream_rx_byte_received', 'firstUpstreamRxMs'],
  ['last_upstream_rx_byte_received', 'lastUpstreamRxMs'],
] as const
const ALL = [
  ['last_downstream_rx_byte_received', 'lastDownstreamRxMs'],
  ...UPSTREAM,
  ['first_downstream_tx_byte_sent', 'firstDownstreamTxMs'],
  ['last_downstream_tx_byte_sent', 'lastDownstreamTxMs'],
] as const

/** When what was sent and received (`verbose`), as far as it came. */
export function logEvents(span: Span, info: StreamInfo, side: 'all' | 'upstream'): void {
  for (const [event, field] of side === 'all' ? ALL : UPSTREAM) if (info[field] >= 0) span.log(event, info[field])
}
