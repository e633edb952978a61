import type { Honours } from '@nuncio/config'

/** What TLS towards hosts honours of its messages. */
export const TLS_HONOURS: Honours = {
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
  'envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext': [
    'trusted_ca',
    'system_root_certs',
    'verify_certificate_spki',
    'verify_certificate_hash',
    'match_typed_subject_alt_names',
    'match_subject_alt_names',
    'crl',
    'allow_expired_certificate',
    'trust_chain_verification',
  ],
  'envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher': ['san_type', 'matcher'],
  'envoy.extensions.transport_sockets.tls.v3.TlsParameters': '*',
  'envoy.extensions.transport_sockets.tls.v3.TlsCertificate': [
    'certificate_chain',
    'private_key',
    'password',
    'pkcs12',
  ],
  'envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig': ['name', 'sds_config'],
  'envoy.config.core.v3.DataSource': ['filename', 'inline_bytes', 'inline_string', 'environment_variable'],
}
