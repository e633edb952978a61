import type { Honours } from '@nuncio/config'
import { matchingHonours } from '@nuncio/matching'

/** What TLS contexts of both sides honour of the API. */
export const tlsHonours: Honours = {
  ...matchingHonours,
  'envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext': [
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
  'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext': ['common_tls_context', 'sni', 'max_session_keys'],
  'envoy.extensions.transport_sockets.tls.v3.CommonTlsContext': [
    'tls_params',
    'tls_certificates',
    'tls_certificate_sds_secret_configs',
    'validation_context',
    'validation_context_sds_secret_config',
    'combined_validation_context',
    'alpn_protocols',
  ],
  'envoy.extensions.transport_sockets.tls.v3.CommonTlsContext.CombinedCertificateValidationContext': [
    'default_validation_context',
    'validation_context_sds_secret_config',
  ],
  'envoy.extensions.transport_sockets.tls.v3.TlsParameters': '*',
  'envoy.extensions.transport_sockets.tls.v3.TlsCertificate': [
    'certificate_chain',
    'private_key',
    'pkcs12',
    'password',
    'watched_directory',
    'ocsp_staple',
  ],
  'envoy.extensions.transport_sockets.tls.v3.TlsSessionTicketKeys': '*',
  'envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext': [
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
  'envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext.SystemRootCerts': '*',
  'envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher': '*',
  'envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig': '*',
  'envoy.extensions.transport_sockets.tls.v3.Secret': [
    'name',
    'tls_certificate',
    'session_ticket_keys',
    'validation_context',
  ],
  // A file is read at once: there is no first fetch that could take too long.
  'envoy.config.core.v3.ConfigSource': ['path_config_source', 'path', 'resource_api_version', 'initial_fetch_timeout'],
  'envoy.config.core.v3.PathConfigSource': '*',
  'envoy.config.core.v3.WatchedDirectory': '*',
  'envoy.config.core.v3.DataSource': '*',
}
