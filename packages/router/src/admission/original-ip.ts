import { isMessage, type Message } from '@nuncio/config'
import type { RequestHeaderTable, SocketAddress } from '@nuncio/core'
import { type CidrSet, compileCidrRanges, type ConfigPlace } from '@nuncio/matching'
import { errorStatusOf } from '../headers/error-status.ts'
import { addressOf, entryFromRight, lastUntrusted } from './forwarded-list.ts'

type Config = Message<'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'>

const DETECTION = 'envoy.extensions.http.original_ip_detection'
const XFF = 'x-forwarded-for'

/** Who sent a request, as far as it is known. */
export interface Found {
  /** Undefined: nobody said who. */
  address: SocketAddress | undefined
  /** Whether an internal address makes the request internal. */
  trusted: boolean
  /** The peer is added to x-forwarded-for. */
  appends: boolean
}

/** One way to find out who sent a request that came through other proxies. */
interface Detector {
  readonly appends: boolean
  /** Fills in `address` and `trusted`; answers a status when the request is to be refused, else 0. */
  detect(headers: RequestHeaderTable, peer: SocketAddress, found: Found): number
}

/** Asks ways to find the client in order, until one knows. */
export class OriginalIp {
  readonly found: Found = { address: undefined, trusted: false, appends: false }
  readonly #detectors: readonly Detector[]

  constructor(detectors: readonly Detector[]) {
    this.#detectors = detectors
  }

  /** The result is in `found`, until the next request. Answers a status when the request is to be refused, else 0. */
  detect(headers: RequestHeaderTable, peer: SocketAddress): number {
    const { found } = this
    found.address = undefined
    found.trusted = found.appends = false
    for (const detector of this.#detectors) {
      if (detector.appends) found.appends = true
      const status = detector.detect(headers, peer, found)
      if (status !== 0) return status
      if (found.address !== undefined) return 0
    }
    return 0
  }
}

/** `original_ip_detection_extensions`; without any x-forwarded-for is read, as `xff_num_trusted_hops` says. */
export function compileOriginalIp(config: Config, place: ConfigPlace): OriginalIp {
  const extensions = config.original_ip_detection_extensions ?? []
  if (extensions.length === 0) return new OriginalIp([new ListByHops(config.xff_num_trusted_hops ?? 0, false)])
  const conflict = (field: string): void =>
    place
      .at('original_ip_detection_extensions')
      .error('conflict', `original_ip_detection_extensions and ${field} do not go together`)
  if (config.use_remote_address === true) conflict('use_remote_address')
  if ((config.xff_num_trusted_hops ?? 0) > 0) conflict('xff_num_trusted_hops')
  return new OriginalIp(
    extensions.flatMap(
      (extension, i) => detectorOf(extension, place.item('original_ip_detection_extensions', i, extension)) ?? [],
    ),
  )
}

function detectorOf(
  { typed_config: config }: Message<'envoy.config.core.v3.TypedExtensionConfig'>,
  place: ConfigPlace,
): Detector | undefined {
  if (isMessage(config, `${DETECTION}.xff.v3.XffConfig`)) {
    const { xff_num_trusted_hops: hops = 0, xff_trusted_cidrs: trusted, skip_xff_append: skips = true } = config
    if (trusted === undefined) return new ListByHops(hops, !skips)
    if (hops > 0)
      place
        ?.at('typed_config', config)
        .error('conflict', 'xff_num_trusted_hops and xff_trusted_cidrs do not go together')
    const ranges = place.at('typed_config', config).at('xff_trusted_cidrs', trusted)
    return new ListByRanges(compileCidrRanges(trusted.cidrs ?? [], ranges, 'cidrs'), !skips)
  }
  if (isMessage(config, `${DETECTION}.custom_header.v3.CustomHeaderConfig`)) return new OneHeader(config)
  place.error('unsupported', `original IP detection by ${config?.['@type'] ?? 'nothing'} is not supported`)
  return undefined
}

/** An entry of x-forwarded-for, so many from the right. */
class ListByHops implements Detector {
  readonly appends: boolean
  readonly #hops: number

  constructor(hops: number, appends: boolean) {
    this.#hops = hops
    this.appends = appends
  }

  detect(headers: RequestHeaderTable, _peer: SocketAddress, found: Found): number {
    const list = headers.getJoined(XFF)
    if (list === undefined) return 0
    found.address = entryFromRight(list, this.#hops)
    found.trusted = found.address !== undefined && !list.includes(',')
    return 0
  }
}

/** The last entry of x-forwarded-for that is no trusted proxy, if the peer is one. */
class ListByRanges implements Detector {
  readonly appends: boolean
  readonly #trusted: CidrSet

  constructor(trusted: CidrSet, appends: boolean) {
    this.#trusted = trusted
    this.appends = appends
  }

  detect(headers: RequestHeaderTable, peer: SocketAddress, found: Found): number {
    const list = headers.getJoined(XFF)
    if (list === undefined || !this.#trusted.has(peer.address)) return 0
    found.address = lastUntrusted(list, this.#trusted)
    found.trusted = found.address !== undefined && !list.includes(',')
    return 0
  }
}

/** A header that holds nothing but the address. */
class OneHeader implements Detector {
  readonly appends = false
  readonly #name: string
  readonly #trusted: boolean
  /** 0 = requests without the header go on. */
  readonly #refusal: number

  constructor(config: Message<'envoy.extensions.http.original_ip_detection.custom_header.v3.CustomHeaderConfig'>) {
    this.#name = (config.header_name ?? '').toLowerCase()
    this.#trusted = config.allow_extension_to_set_address_as_trusted ?? false
    const refusal = config.reject_with_status
    this.#refusal = refusal === undefined ? 0 : errorStatusOf(refusal.code, 403)
  }

  detect(headers: RequestHeaderTable, _peer: SocketAddress, found: Found): number {
    found.address = addressOf(headers.get(this.#name) ?? '')
    found.trusted = this.#trusted
    return found.address === undefined ? this.#refusal : 0
  }
}
