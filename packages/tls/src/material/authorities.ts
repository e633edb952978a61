import type { ConfigPlace } from '@nuncio/matching'
import { X509Certificate } from 'node:crypto'
import { type DataSource, readDataSource, type Watched } from './data-source.ts'

const PEM = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]*-----END (?:TRUSTED )?CERTIFICATE-----/g

/** The PEM certificates of a source, all of them well-formed; undefined when there are none, which is reported. */
export function readAuthorities(source: DataSource, place: ConfigPlace, watched: Watched): string[] | undefined {
  const bytes = readDataSource(source, place, watched)
  if (bytes === undefined) return undefined
  const pems = bytes.toString('latin1').match(PEM) ?? []
  if (pems.length > 0 && pems.every(isCertificate)) return pems
  place.error(
    'malformed-certificate',
    pems.length === 0 ? 'there is no PEM certificate in it' : 'one of its certificates is malformed',
  )
  return undefined
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0
  } catch {
    return false
  }
}
