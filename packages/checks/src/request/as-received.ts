import type { RequestHeaderTable } from '@nuncio/core'

/** Fields that concern one connection only: the codec takes them out of what it receives (RFC 9110 7.6.1). */
const OF_CONNECTIONS = ['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'] as const
const PROTOCOL = /^[!#$%&'*+\-.^_`|~0-9a-z]+(\/[!#$%&'*+\-.^_`|~0-9a-z]+)?$/

/** Does to the fields of an HTTP/1.1 request what the codec does: only an upgrade keeps those that ask for it. */
export function asReceived(headers: RequestHeaderTable): void {
  const options = listOf(headers.getJoined('connection'))
  const protocol = upgradeIn(headers, options)
  for (const name of OF_CONNECTIONS) headers.remove(name)
  if (listOf(headers.getJoined('te')).some((part) => part.split(';')[0]!.trim() === 'trailers'))
    headers.set('te', 'trailers')
  else headers.remove('te')
  if (protocol === '') return
  headers.protocol = protocol
  headers.set('connection', 'Upgrade')
  headers.set('upgrade', protocol)
}

/** One protocol, and not that of HTTP/2, for a request without a body. */
function upgradeIn(headers: RequestHeaderTable, options: readonly string[]): string {
  const [protocol = '', ...more] = headers.getAll('upgrade').map((value) => value.toLowerCase())
  if (!options.includes('upgrade') || more.length > 0 || !PROTOCOL.test(protocol) || /^h2c?$/.test(protocol)) return ''
  const bodied = headers.has('transfer-encoding') || (headers.get('content-length') ?? '0') !== '0'
  return bodied ? '' : protocol
}

function listOf(value: string | undefined): readonly string[] {
  return (value ?? '').split(',').map((part) => part.trim().toLowerCase())
}
