import type { Message, Problem } from '@nuncio/config'
import type { Logger, TimeSource } from '@nuncio/core'
import { ConfigPlace } from '@nuncio/matching'
import { createHash, X509Certificate } from 'node:crypto'
import { CertificateFacts } from '../certificates/certificate-facts.ts'
import { KeyLog, type KeyLogFiles } from '../key-log/key-log.ts'
import { type TicketKey, ticketKey } from '../server/ticket-keys.ts'
import { loadCertificate, type LoadedCertificate } from './certificate.ts'
import type { CertificateRegistry, CertificateUser, Expiry, UsedCertificates } from './certificate-registry.ts'
import { type DataSource, readDataSource, type Watched } from './data-source.ts'
import { DirectoryWatch } from './directory-watch.ts'
import { type SecretResolver, SecretSource } from './secrets.ts'
import { loadValidation, type Validation, type ValidationContext } from './validation.ts'

export type CommonTlsContext = Message<'envoy.extensions.transport_sockets.tls.v3.CommonTlsContext'>
type TicketKeys = Message<'envoy.extensions.transport_sockets.tls.v3.TlsSessionTicketKeys'>

/** Everything that a TLS context reads from elsewhere, read at one time. */
export interface TlsMaterial {
  readonly certificates: readonly LoadedCertificate[]
  readonly validation: Validation | undefined
  /** The first seals tickets, all open them; empty: OpenSSL makes its own. */
  readonly ticketKeys: readonly TicketKey[]
}

/** What a TLS context is made in. */
export interface TlsEnvironment {
  readonly time: TimeSource
  readonly logger: Logger
  readonly secrets: SecretResolver
  /** Told of the certificates in use; undefined: nobody asks. */
  readonly certificates?: CertificateRegistry | undefined
  /** Where key logs are written; undefined: `key_log` is refused. */
  readonly keyLogFiles?: KeyLogFiles | undefined
  /** Of the `CommonTlsContext`. */
  readonly place: ConfigPlace
  waitFor(ready: Promise<unknown>): void
  /** New material is in use. */
  onUpdate(): void
  /** New material could not be used; the old stays. */
  onUpdateFailed(): void
}

/** Where session ticket keys come from; servers have them. */
export interface TicketKeySource {
  readonly keys: TicketKeys | undefined
  readonly sds: Message<'envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig'> | undefined
}

/**
 * Something made of certificates, keys and authorities, and made again when they change: files are watched, secrets
 * subscribed to. While the new is not whole (a half-written file, a key that does not fit yet) the old stays in use.
 */
export class LiveMaterial<T> implements CertificateUser {
  readonly #common: CommonTlsContext
  readonly #tickets: TicketKeySource
  readonly #environment: TlsEnvironment
  readonly #build: (material: TlsMaterial, place: ConfigPlace) => T | undefined
  readonly #certificateSources: readonly SecretSource[]
  readonly #validationSource: SecretSource | undefined
  readonly #ticketSource: SecretSource | undefined
  readonly #watch: DirectoryWatch
  /** Where secrets of sessions go; undefined: nowhere. */
  readonly keyLog: KeyLog | undefined
  /** Of what is in use, and of what was read last. */
  #digest = ''
  #seen = ''
  #current: T | undefined = undefined
  #material: TlsMaterial | undefined = undefined
  /** Of the material in use. */
  expiry: Expiry | undefined = undefined

  constructor(
    common: CommonTlsContext,
    tickets: TicketKeySource,
    environment: TlsEnvironment,
    build: (material: TlsMaterial, place: ConfigPlace) => T | undefined,
  ) {
    this.#common = common
    this.#tickets = tickets
    this.#environment = environment
    this.#build = build
    const { place, secrets, time } = environment
    const changed = (): void => this.#reload()
    this.#certificateSources = (common.tls_certificate_sds_secret_configs ?? []).map(
      (config, i) =>
        new SecretSource(config, place.item('tls_certificate_sds_secret_configs', i, config), secrets, changed),
    )
    const validation =
      common.validation_context_sds_secret_config ??
      common.combined_validation_context?.validation_context_sds_secret_config
    this.#validationSource =
      validation &&
      new SecretSource(validation, place.at('validation_context_sds_secret_config', validation), secrets, changed)
    this.#ticketSource =
      tickets.sds &&
      new SecretSource(tickets.sds, place.at('session_ticket_keys_sds_secret_config', tickets.sds), secrets, changed)
    this.#watch = new DirectoryWatch(time, changed)
    this.keyLog = KeyLog.open(common.key_log, place.at('key_log', common.key_log), environment.keyLogFiles)
    for (const source of this.#sources) if (source.ready !== undefined) environment.waitFor(source.ready)
    this.#load(place)
    environment.certificates?.add(this)
  }

  /** What is in use; undefined until all secrets have arrived, or when the configuration is no good. */
  get current(): T | undefined {
    return this.#current
  }

  get used(): UsedCertificates | undefined {
    if (this.#material === undefined) return undefined
    const { certificates, validation } = this.#material
    const [ca] = validation?.ca ?? []
    return {
      ca: ca === undefined ? [] : [{ path: validation!.caPath, facts: new CertificateFacts(new X509Certificate(ca)) }],
      chain: certificates.map(({ path, leaf }) => ({ path, facts: new CertificateFacts(leaf) })),
    }
  }

  get #sources(): readonly SecretSource[] {
    return [...this.#certificateSources, this.#validationSource, this.#ticketSource].filter(
      (source) => source !== undefined,
    )
  }

  /** `seen before`: it is the same as last time, or as what is in use. */
  #load(place: ConfigPlace): 'used' | 'bad' | 'seen before' {
    if (this.#sources.some((source) => source.pending)) return 'seen before'
    const watched: Watched = { directories: new Set(), digest: createHash('sha256') }
    const material = this.#read(place, watched)
    this.#watch.set(watched.directories)
    const digest = watched.digest.digest('hex')
    // Directories change for many reasons, and what was said of the same bytes need not be said again.
    if (digest === this.#seen) return 'seen before'
    this.#seen = digest
    if (material === undefined) return 'bad'
    if (digest === this.#digest) return 'seen before'
    const made = this.#build(material, place)
    if (made === undefined) return 'bad'
    this.#digest = digest
    this.#current = made
    this.#material = material
    this.expiry = expiryOf(material)
    return 'used'
  }

  #reload(): void {
    const problems: Problem[] = []
    const { place, logger } = this.#environment
    const first = this.#current === undefined
    const outcome = this.#load(
      new ConfigPlace(
        { ...place.scope, report: (problem) => problems.push(problem) },
        place.node,
        undefined,
        place.path,
      ),
    )
    const errors = problems.filter((problem) => problem.severity === 'error')
    if (outcome === 'used') {
      this.#environment.onUpdate()
      if (!first) logger.log('info', 'TLS certificates were renewed', { path: place.path })
    } else if (outcome === 'bad' && errors.length > 0) {
      this.#environment.onUpdateFailed()
      const reasons = errors.map((problem) => `${problem.path}: ${problem.message}`)
      logger.log('warning', 'new TLS certificates cannot be used; the old ones stay', { reasons })
    }
  }

  #read(place: ConfigPlace, watched: Watched): TlsMaterial | undefined {
    const certificates = this.#certificates(place, watched)
    const validation = this.#validation(place, watched)
    const ticketKeys = this.#ticketKeys(place, watched)
    if (certificates === undefined || validation === 'bad' || ticketKeys === 'bad') return undefined
    return { certificates, validation, ticketKeys }
  }

  #certificates(place: ConfigPlace, watched: Watched): readonly LoadedCertificate[] | undefined {
    const inline = (this.#common.tls_certificates ?? []).map((config, i) =>
      loadCertificate(config, place.item('tls_certificates', i, config), watched),
    )
    const named = this.#certificateSources.map((source, i) => {
      const at = place.item('tls_certificate_sds_secret_configs', i)
      const secret = source.read(at, watched)
      if (secret === undefined) return undefined
      if (secret.tls_certificate !== undefined)
        return loadCertificate(secret.tls_certificate, at.at('tls_certificate', secret.tls_certificate), watched)
      at.error('wrong-secret', `the secret "${secret.name}" is no certificate`)
      return undefined
    })
    const all = [...inline, ...named]
    return all.every((one) => one !== undefined) ? all : undefined
  }

  #validation(place: ConfigPlace, watched: Watched): Validation | undefined | 'bad' {
    const combined = this.#common.combined_validation_context?.default_validation_context
    const own = this.#common.validation_context ?? combined
    const at = place.at(combined === undefined ? 'validation_context' : 'combined_validation_context', own)
    const source = this.#validationSource
    if (source === undefined) return own === undefined ? undefined : (loadValidation(own, at, watched) ?? 'bad')
    const secret = source.read(at, watched)
    if (secret?.validation_context !== undefined)
      return loadValidation(merged(own, secret.validation_context), at, watched) ?? 'bad'
    if (secret !== undefined) at.error('wrong-secret', `the secret "${secret.name}" is no validation context`)
    return 'bad'
  }

  #ticketKeys(place: ConfigPlace, watched: Watched): readonly TicketKey[] | 'bad' {
    const at = place.at('session_ticket_keys', this.#tickets.keys)
    const keys =
      this.#ticketSource === undefined ? this.#tickets.keys : this.#ticketSource.read(at, watched)?.session_ticket_keys
    if (keys === undefined) return this.#ticketSource === undefined ? [] : 'bad'
    const read = (keys.keys ?? []).map((source, i) => readTicketKey(source, at.item('keys', i, source), watched))
    return read.length > 0 && read.every((key) => key !== undefined) ? read : 'bad'
  }

  close(): void {
    this.#environment.certificates?.remove(this)
    this.#watch.close()
    this.keyLog?.close()
    for (const source of this.#sources) source.close()
  }
}

function readTicketKey(source: DataSource, place: ConfigPlace, watched: Watched): TicketKey | undefined {
  const bytes = readDataSource(source, place, watched)
  if (bytes === undefined || bytes.length === 80) return bytes && ticketKey(bytes)
  place.error('malformed-key', `a session ticket key has 80 bytes, not ${bytes.length}`)
  return undefined
}

/** As protobuf merges messages: what the second sets counts, lists are joined. */
function merged(first: ValidationContext | undefined, second: ValidationContext): ValidationContext {
  const out: Record<string, unknown> = { ...first }
  for (const [field, value] of Object.entries(second)) {
    const before = out[field]
    out[field] = Array.isArray(before) && Array.isArray(value) ? [...before, ...value] : (value ?? before)
  }
  return out
}

function expiryOf({ certificates, validation }: TlsMaterial): Expiry {
  const authorities = (validation?.ca ?? []).slice(0, 1).map((ca) => new X509Certificate(ca))
  const ends = [...certificates.map(({ leaf }) => leaf), ...authorities].map(({ validToDate }) => validToDate.getTime())
  return {
    certificateMs: Math.min(...ends),
    ocspMs: Math.min(...certificates.map(({ staple }) => staple?.validToMs ?? Number.POSITIVE_INFINITY)),
  }
}
