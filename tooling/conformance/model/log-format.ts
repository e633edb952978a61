/** The wide access log line: what each field is called here, and the operator behind it. */
const LOG_FIELDS: Readonly<Record<string, string>> = {
  status: '%RESPONSE_CODE%',
  flags: '%RESPONSE_FLAGS%',
  flags_long: '%RESPONSE_FLAGS_LONG%',
  details: '%RESPONSE_CODE_DETAILS%',
  termination: '%CONNECTION_TERMINATION_DETAILS%',
  method: '%REQ(:METHOD)%',
  path: '%REQ(:PATH)%',
  original_path: '%REQ(X-ENVOY-ORIGINAL-PATH)%',
  authority: '%REQ(:AUTHORITY)%',
  scheme: '%REQ(:SCHEME)%',
  protocol: '%PROTOCOL%',
  received: '%BYTES_RECEIVED%',
  sent: '%BYTES_SENT%',
  route: '%ROUTE_NAME%',
  cluster: '%UPSTREAM_CLUSTER%',
  upstream: '%UPSTREAM_HOST%',
  upstream_protocol: '%UPSTREAM_PROTOCOL%',
  attempts: '%UPSTREAM_REQUEST_ATTEMPT_COUNT%',
  upstream_failure: '%UPSTREAM_TRANSPORT_FAILURE_REASON%',
  client: '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%',
  peer: '%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%',
  local: '%DOWNSTREAM_LOCAL_ADDRESS%',
  server_name: '%REQUESTED_SERVER_NAME%',
  grpc_status: '%GRPC_STATUS%',
  response_type: '%RESP(CONTENT-TYPE)%',
}

const BETWEEN = '\t'

export function logFormat(): string {
  const fields = Object.entries(LOG_FIELDS).map(([name, operator]) => `${name}=${operator}`)
  return `${fields.join(BETWEEN)}\n`
}

/** Takes a line apart; a line of another format stands under `line`. */
export function readLogLine(line: string): Record<string, string> {
  const parts = line.split(BETWEEN)
  if (parts.length !== Object.keys(LOG_FIELDS).length) return { line }
  return Object.fromEntries(
    parts.map((part) => {
      const equals = part.indexOf('=')
      return [part.slice(0, equals), part.slice(equals + 1)]
    }),
  )
}
