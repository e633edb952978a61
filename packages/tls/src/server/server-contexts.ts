import type { TimeSource } from '@nuncio/core'
import type { ConfigPlace } from '@nuncio/matching'
import { createHash } from 'node:crypto'
import { createSecureContext, createServer, type SecureContext, type SecureContextOptions, type Server } from 'node:tls'
import type { LoadedCertificate } from '../material/certificate.ts'
import type { TlsMaterial } from '../material/live-material.ts'
import { PeerVerifier } from '../peer/peer-verifier.ts'
import { useTicketKeys } from './ticket-keys.ts'
import { withUnlistedAuthorities } from './unlisted-authorities.ts'
import type { Validation } from '../material/validation.ts'

/** What server contexts are made with beside their material. */
export interface ServerContextOptions {
  readonly parameters: Readonly<SecureContextOptions>
  readonly sessionScope: string
  readonly time: TimeSource
  /** Seconds; undefined = OpenSSL's. */
  readonly sessionTimeout: number | undefined
  /** Bits of `SSL_OP_…` to add. */
  readonly secureOptions: number
  readonly requireClientCertificate: boolean
  readonly fullScan: boolean
  /** For contexts with an OCSP response; see `OcspStapler`. */
  onOcspRequest(server: Server, certificate: LoadedCertificate): void
}

/** One or more certificates of different key types that are offered together. */
export interface ServerContext {
  readonly secure: SecureContext
  /** Only there to be asked for OCSP responses; it never listens. */
  readonly server: Server | undefined
}

/** The contexts of a TLS server, by server name. */
export class ServerContexts {
  /** For clients that send no server name. */
  readonly unnamed: ServerContext
  /** For clients that send one which no certificate has. */
  readonly unmatched: ServerContext
  readonly verifier: PeerVerifier
  readonly requestCertificate: boolean
  readonly requireCertificate: boolean
  /** Whether the server name decides about anything. */
  readonly several: boolean
  readonly #names: ReadonlyMap<string, ServerContext>

  constructor(
    parts: Pick<ServerContexts, 'unnamed' | 'unmatched' | 'verifier' | 'requestCertificate' | 'requireCertificate'>,
    names: ReadonlyMap<string, ServerContext>,
  ) {
    this.unnamed = parts.unnamed
    this.unmatched = parts.unmatched
    this.verifier = parts.verifier
    this.requestCertificate = parts.requestCertificate
    this.requireCertificate = parts.requireCertificate
    this.#names = names
    this.several = this.unnamed !== this.unmatched || [...names.values()].some((context) => context !== this.unmatched)
  }

  /** By a lower-case server name: the name itself, then a wildcard for its first label. */
  select(serverName: string): ServerContext {
    if (serverName === '') return this.unnamed
    const exact = this.#names.get(serverName)
    if (exact !== undefined) return exact
    const dot = serverName.indexOf('.', 1)
    return (dot < 0 ? undefined : this.#names.get(`*${serverName.slice(dot)}`)) ?? this.unmatched
  }
}

/** Makes the contexts of a server; undefined when OpenSSL refuses them, which is reported. */
export function buildServerContexts(
  material: TlsMaterial,
  options: ServerContextOptions,
  place: ConfigPlace,
): ServerContexts | undefined {
  const { certificates, validation } = material
  if (certificates.length === 0) {
    place.error('missing-data', 'a server needs a certificate', 'Add tls_certificates.')
    return undefined
  }
  const pinned =
    validation !== undefined &&
    (validation.names.length > 0 || validation.hashes.length > 0 || validation.keys.length > 0)
  const requireCertificate = options.requireClientCertificate || (pinned && !validation.acceptUntrusted)
  const make = contextMaker(material, options)
  try {
    const names = new Map<string, ServerContext>()
    for (const name of new Set(certificates.flatMap((one) => one.serverNames))) {
      names.set(name, make(offeredTogether(certificates.filter((one) => one.serverNames.includes(name)))))
    }
    const any = make(offeredTogether(certificates))
    const parts = {
      unnamed: any,
      unmatched: options.fullScan ? any : make([certificates[0]!]),
      verifier: new PeerVerifier(validation, options.time),
      requestCertificate: requireCertificate || validation?.ca !== undefined,
      requireCertificate,
    }
    return new ServerContexts(parts, names)
  } catch (error) {
    place.error(
      'tls-refused',
      `OpenSSL refuses this context: ${(error as NodeJS.ErrnoException).code ?? 'unknown reason'}`,
    )
    return undefined
  }
}

/**
 * The certificates that one context can hold: the first of each key type; OpenSSL picks among them by what the client can
 * verify. Only the first when there is an OCSP response, because Node does not tell which one was picked.
 */
function offeredTogether(certificates: readonly LoadedCertificate[]): readonly LoadedCertificate[] {
  const firsts = certificates.filter((one, i) => certificates.findIndex((other) => other.keyType === one.keyType) === i)
  return firsts.some((one) => one.staple !== undefined || one.options.pfx !== undefined) ? firsts.slice(0, 1) : firsts
}

/** Makes a context for a set of certificates, the same for the same set. */
function contextMaker(
  material: TlsMaterial,
  options: ServerContextOptions,
): (certificates: readonly LoadedCertificate[]) => ServerContext {
  const { validation, ticketKeys } = material
  const made = new Map<string, ServerContext>()
  const common: SecureContextOptions = {
    ...options.parameters,
    secureOptions: (options.parameters.secureOptions ?? 0) | options.secureOptions,
    sessionIdContext: sessionContext(options.sessionScope, validation),
    ...(options.sessionTimeout !== undefined && { sessionTimeout: options.sessionTimeout }),
    ...(ticketKeys.length > 0 && { ticketKeys: ticketKeys[0] }),
    ...(validation?.ca && { allowPartialTrustChain: true }),
    ...(validation?.ca && !validation.unlisted && { ca: [...validation.ca] }),
    ...(validation?.crl && { crl: validation.crl }),
  }
  return (certificates) => {
    const key = certificates.map((one) => one.leaf.fingerprint256).join()
    let context = made.get(key)
    if (context === undefined) made.set(key, (context = makeContext(certificates, common, material, options)))
    return context
  }
}

/**
 * Sessions of one filter chain are worth nothing in another, which may ask for other client certificates; nor are those
 * from before the authorities changed.
 */
function sessionContext(scope: string, validation: Validation | undefined): string {
  const hash = createHash('sha256').update(scope)
  for (const pem of validation?.ca ?? []) hash.update(pem)
  if (validation?.crl !== undefined) hash.update(validation.crl)
  return hash.digest('hex').slice(0, 32)
}

function makeContext(
  certificates: readonly LoadedCertificate[],
  common: SecureContextOptions,
  { validation, ticketKeys }: TlsMaterial,
  options: ServerContextOptions,
): ServerContext {
  const [first] = certificates
  const own: SecureContextOptions =
    certificates.length === 1
      ? first!.options
      : {
          cert: certificates.map((one) => one.options.cert as Buffer),
          key: certificates.map(({ options: { key, passphrase } }) => ({
            pem: key as Buffer,
            ...(passphrase !== undefined && { passphrase }),
          })),
        }
  const all = { ...common, ...own }
  let server: Server | undefined
  if (first?.staple !== undefined) {
    server = createServer(all)
    options.onOcspRequest(server, first)
  }
  const unlisted = validation?.unlisted === true ? validation.ca : undefined
  const secure = unlisted === undefined ? createSecureContext(all) : withUnlistedAuthorities(all, unlisted)
  useTicketKeys(secure, ticketKeys)
  return { secure, server }
}
