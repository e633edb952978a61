/** Why a stream ended before its time. The texts are Envoy's, as they stand in local replies. */
export type ResetReason =
  | 'local reset'
  | 'local refused stream reset'
  | 'remote reset'
  | 'remote refused stream reset'
  | 'local connection failure'
  | 'remote connection failure'
  | 'connection timeout'
  | 'connection termination'
  | 'overflow'
  | 'protocol error'
  | 'remote error with CONNECT request'
  | 'overload manager reset'
  | 'HTTP/1 premature upstream half close'

/** Who is to blame, for logs and retries (Pingora's idea). */
export type ResetSource = 'downstream' | 'upstream' | 'internal'
