import { celEnv, celUint, plan } from '@bufbuild/cel'
import { ExprSchema } from '@bufbuild/cel-spec/cel/expr/syntax_pb.js'
import { fromBinary } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { latin1Bytes, type StreamInfo, utf8Text } from '@nuncio/core'
import { isAscii, pathOnly } from '@nuncio/matching'
import type { RbacSubject } from './rule.ts'

type Attributes = Record<string, unknown>

/** Plans an expression (the bytes of an `Expr`) once; what it gives answers whether it holds for a subject. Throws for none. */
export function planCondition(bytes: Uint8Array): (subject: RbacSubject) => boolean {
  const run = plan(celEnv(), fromBinary(ExprSchema, bytes)) as (variables: Attributes) => unknown
  return (subject) => {
    try {
      return run(attributesOf(subject)) === true
    } catch {
      return false
    }
  }
}

/** Envoy's attributes, as far as they are known when a request or a connection begins. */
function attributesOf(subject: RbacSubject): Attributes {
  const { info } = subject
  return {
    request: requestOf(subject),
    connection: connectionOf(info),
    source: address(info.remote),
    destination: address(info.connection.local),
    metadata: { filter_metadata: Object.fromEntries(info.metadata ?? info.connection.metadata ?? []) },
    filter_state: Object.fromEntries(
      [...(info.connection.filterState ?? []), ...(info.filterState ?? [])].map(([key, value]) => [
        key,
        value.serialize(),
      ]),
    ),
  }
}

function requestOf({ requestHeaders: headers, info }: RbacSubject): Attributes {
  const mark = headers.path.indexOf('?')
  const values = new Map<string, string>()
  for (const name of [':authority', ':method', ':path', ':scheme']) {
    const value = headers.get(name) ?? ''
    if (value !== '') values.set(name, text(value))
  }
  headers.forEach((line) => {
    const name = line.toLowerCase()
    values.set(name, text(headers.getJoined(name)!))
  })
  const known = (name: string): Attributes => {
    const value = values.get(name)
    return value === undefined ? {} : { [name.replace('user-agent', 'useragent').replace('x-request-id', 'id')]: value }
  }
  return {
    headers: Object.fromEntries(values),
    path: text(headers.path),
    url_path: text(pathOnly(headers.path)),
    query: mark < 0 ? '' : text(headers.path.slice(mark + 1)),
    host: text(headers.authority),
    scheme: headers.scheme,
    method: headers.method,
    protocol: info.protocol,
    time: timestampFromMs(info.startWallMs),
    ...known('referer'),
    ...known('user-agent'),
    ...known('x-request-id'),
  }
}

function connectionOf({ connection }: StreamInfo): Attributes {
  const { tls, serverName } = connection
  const certificate = (side: 'peer' | 'local', name: string): Attributes => {
    const one = tls?.[side]
    if (one === undefined) return {}
    const [uri, dns] = [one.uriSans[0], one.dnsSans[0]]
    return {
      [`subject_${name}`]: one.subject,
      ...(uri !== undefined && { [`uri_san_${name}`]: uri }),
      ...(dns !== undefined && { [`dns_san_${name}`]: dns }),
    }
  }
  return {
    id: celUint(BigInt(connection.id)),
    mtls: tls?.peer !== undefined,
    ...(serverName !== '' && { requested_server_name: serverName }),
    ...(tls !== undefined && { tls_version: tls.version }),
    ...(tls?.peer !== undefined && { sha256_peer_certificate_digest: tls.peer.sha256 }),
    ...certificate('peer', 'peer_certificate'),
    ...certificate('local', 'local_certificate'),
  }
}

function address({ address: ip, port }: { readonly address: string; readonly port: number }): Attributes {
  return { address: port === 0 ? ip : ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`, port: BigInt(port) }
}

/** Bytes as text, which is what CEL compares. */
function text(bytes: string): string {
  return isAscii(bytes) ? bytes : utf8Text(latin1Bytes(bytes))
}
