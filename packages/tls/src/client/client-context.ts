import type { TimeSource } from '@nuncio/core'
import type { ConfigPlace } from '@nuncio/matching'
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls'
import type { TlsMaterial } from '../material/live-material.ts'
import { PeerVerifier } from '../peer/peer-verifier.ts'

/** What a client shakes hands with at a time. */
export interface ClientContext {
  readonly secure: SecureContext
  readonly verifier: PeerVerifier
  /** The peer must show a certificate. */
  readonly required: boolean
}

/** Makes one of what was read; undefined when OpenSSL refuses it, which is reported. */
export function buildClientContext(
  { certificates, validation }: TlsMaterial,
  parameters: Readonly<SecureContextOptions>,
  time: TimeSource,
  place: ConfigPlace,
): ClientContext | undefined {
  if (certificates.length > 1) {
    place.error('unsupported', 'a client can show one certificate only', 'Leave one of them.')
    return undefined
  }
  try {
    const secure = createSecureContext({
      ...parameters,
      ...certificates[0]?.options,
      ...(validation?.ca && { ca: [...validation.ca], allowPartialTrustChain: true }),
      ...(validation?.crl && { crl: validation.crl }),
    })
    return { secure, verifier: new PeerVerifier(validation, time), required: validation !== undefined }
  } catch (error) {
    const { code = 'unknown reason' } = error as NodeJS.ErrnoException
    place.error('tls-refused', `OpenSSL refuses this context: ${code}`)
    return undefined
  }
}
