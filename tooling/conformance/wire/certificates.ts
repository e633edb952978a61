import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { ConnectionOptions, TlsOptions } from 'node:tls'
import type { ClientTls } from '../model/document.ts'

const FOLDER = path.resolve(import.meta.dirname, '../certificates')

/** Names of the certificates: `root` and `stranger` are authorities, the stranger issued `intruder`, the root the others. */
const NAMES = ['root', 'stranger', 'server', 'wild', 'client', 'intruder']

function file(name: string, ending: string): string {
  if (!NAMES.includes(name)) throw new Error(`there is no certificate ${name}, only ${NAMES.join(', ')}`)
  return path.join(FOLDER, `${name}${ending}`)
}

export const certificateFile = (name: string): string => file(name, '.pem')
export const keyFile = (name: string): string => file(name, '.key.pem')

const read = (name: string): string => readFileSync(certificateFile(name), 'utf8')

function identity(name: string): { readonly cert: string; readonly key: string } {
  return { cert: read(name), key: readFileSync(keyFile(name), 'utf8') }
}

/** How an origin that shows `name` listens; undefined for plain text. */
export function serverOptions(name: string | undefined, clientCa: string | undefined): TlsOptions | undefined {
  if (name === undefined) return undefined
  if (clientCa === undefined) return identity(name)
  return { ...identity(name), ca: read(clientCa), requestCert: true, rejectUnauthorized: true }
}

/** How a client connects: it trusts nobody, and says whom it met. */
export function clientOptions(tls: ClientTls): ConnectionOptions {
  const { sni, alpn, certificate, versions, ciphers } = tls
  return {
    ca: read('root'),
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    ...(sni !== undefined && { servername: sni }),
    ...(alpn !== undefined && { ALPNProtocols: [...alpn] }),
    ...(certificate !== undefined && identity(certificate)),
    ...(versions !== undefined && { minVersion: versions[0] as 'TLSv1.2', maxVersion: versions[1] as 'TLSv1.3' }),
    ...(ciphers !== undefined && { ciphers }),
  }
}
