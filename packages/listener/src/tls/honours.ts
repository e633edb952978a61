import type { Honours } from '@nuncio/config'
import { matchingHonours } from '@nuncio/matching'

const TLS = 'envoy.extensions.transport_sockets.tls.v3.'

/** What TLS contexts of both sides honour of the API. */
export const tlsHonours: Honours = {
  ...matchingHonours,
  [`${TLS}DownstreamTlsContext`]: [
    'common_tls_context',
    'require_client_certificate',
    'session_ticket_keys',
    'session_ticket_keys_sds_secret_config',
    'disable_stateless_session_resumption',
    'disable_stateful_session_resumption',
    'session_timeout',
    'ocsp_staple_policy',
    'full_scan_certs_on_sni_mismatch',
  ],
  [`${TLS}UpstreamTlsContext`]: ['common_tls_context', 'sni', 'max_session_keys'],
  [`${TLS}CommonTlsContext`]: [
    'tls_params',
    'tls_certificates',
    'tls_certificate_sds_secret_configs',
    'validation_context',
    'validation_context_sds_secret_config',
    'combined_validation_context',
    'alpn_protocols',
  ],
  [`${TLS}CommonTlsContext.CombinedCertificateValidationContext`]: [
    'default_validation_context',
    'validation_context_sds_secret_config',
  ],
  [`${TLS}TlsParameters`]: '*',
  [`${TLS}TlsCertificate`]: [
    'certificate_chain',
    'private_key',
    'pkcs12',
    'password',
    'watched_directory',
    'ocsp_staple',
  ],
  [`${TLS}TlsSessionTicketKeys`]: '*',
  [`${TLS}CertificateValidationContext`]: [
    'trusted_ca',
    'system_root_certs',
    'watched_directory',
    'verify_certificate_spki',
    'verify_certificate_hash',
    'match_typed_subject_alt_names',
    'match_subject_alt_names',
    'crl',
    'allow_expired_certificate',
    'trust_chain_verification',
  ],
  [`${TLS}CertificateValidationContext.SystemRootCerts`]: '*',
  [`${TLS}SubjectAltNameMatcher`]: '*',
  [`${TLS}SdsSecretConfig`]: '*',
  [`${TLS}Secret`]: ['name', 'tls_certificate', 'session_ticket_keys', 'validation_context'],
  'envoy.config.core.v3.ConfigSource': ['path_config_source', 'path'],
  'envoy.config.core.v3.PathConfigSource': '*',
  'envoy.config.core.v3.WatchedDirectory': '*',
  'envoy.config.core.v3.DataSource': '*',
} as Honours
