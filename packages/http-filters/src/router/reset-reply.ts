import { Flag, type ResetReason } from '@nuncio/core'
import { type LocalReply, localReply } from '@nuncio/filter-chain'

const FLAGS: Readonly<Record<ResetReason, number>> = {
  'local reset': Flag.LR,
  'local refused stream reset': Flag.LR,
  'remote reset': Flag.UR,
  'remote refused stream reset': Flag.UR,
  'local connection failure': Flag.UF,
  'remote connection failure': Flag.UF,
  'connection timeout': Flag.UF,
  'connection termination': Flag.UC,
  overflow: Flag.UO,
  'protocol error': Flag.UPE,
  'remote error with CONNECT request': Flag.UR,
  'overload manager reset': Flag.OM,
  'HTTP/1 premature upstream half close': Flag.LR,
}

/** The response flag that stands for an upstream reset. */
export function flagOfReset(reason: ResetReason): number {
  return FLAGS[reason]
}

/** Details in Envoy's form: `upstream_reset_before_response_started{connection_termination}`. */
export function resetDetails(started: boolean, reason: ResetReason, transport: string): string {
  const why = transport === '' ? reason : `${reason}|${transport}`
  return `upstream_reset_${started ? 'after' : 'before'}_response_started{${why.replaceAll(' ', '_')}}`
}

/** The answer to a request whose upstream gave none: 503, or 502 for nonsense. `quiet`: no headers of Envoy's own. */
export function resetReply(reason: ResetReason, transport: string, retried: boolean, quiet: boolean): LocalReply {
  const latest = retried ? 'retried and the latest ' : ''
  return localReply(reason === 'protocol error' ? 502 : 503, resetDetails(false, reason, transport), {
    body: `upstream connect error or disconnect/reset before headers. ${latest}reset reason: ${reason}`,
    flags: FLAGS[reason],
    headers: reason === 'overflow' && !quiet ? [['x-envoy-overloaded', 'true']] : [],
  })
}
