import { isMessage, type Message } from '@nuncio/config'
import type { ConfigPlace } from '@nuncio/matching'
import { readAuthorities } from '../material/authorities.ts'
import type { Watched } from '../material/data-source.ts'

type Extension = Message<'envoy.config.core.v3.TypedExtensionConfig'>

const SPIFFE = 'envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig'

/** PEM of the authorities of each trust domain. */
export type TrustDomains = ReadonlyMap<string, readonly string[]>

/** Reads the trust domains of a `custom_validator_config`; undefined when it is not usable, which is reported. */
export function loadTrustDomains(extension: Extension, place: ConfigPlace, watched: Watched): TrustDomains | undefined {
  const config = extension.typed_config
  if (config === undefined || !isMessage(config, SPIFFE)) {
    const hint = `There is ${SPIFFE}.`
    place.error('unsupported', `there is no validator ${config?.['@type'] ?? extension.name ?? ''}`, hint)
    return undefined
  }
  const at = place.at('typed_config', config)
  const domains = new Map<string, readonly string[]>()
  for (const [i, { name = '', trust_bundle: bundle }] of (config.trust_domains ?? []).entries()) {
    const own = at.item('trust_domains', i, config.trust_domains?.[i])
    if (bundle === undefined) {
      own.error('missing-field', 'a trust domain needs a trust_bundle')
      return undefined
    }
    if (domains.has(name)) own.error('duplicate-name', `there are two bundles for the trust domain "${name}"`)
    const authorities = readAuthorities(bundle, own.at('trust_bundle', bundle), watched)
    if (authorities === undefined || domains.has(name)) return undefined
    domains.set(name, authorities)
  }
  return domains
}
