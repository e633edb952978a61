import type { Honours } from '@nuncio/config'
import { matchingHonours } from '@nuncio/matching'

const NO_PROVIDERS = 'there are no certificate providers: name certificates in secrets'

/** What TLS contexts of both sides honour of the API. */
export const tlsHonours: Honours = {
  ...matchingHonours,
  'envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext': {
    unsupported: { require_sni: 'give filter chains server_names: a client that names no server matches none of them' },
    honoured: [
      'common_tls_context',
      'require_client_certificate',
      'session_ticket_keys',
      'session_ticket_keys_sds_secret_config',
      'disable_stateless_session_resumption',
      'session_timeout',
      'ocsp_staple_policy',
      'full_scan_certs_on_sni_mismatch',
      'prefer_client_ciphers',
    ],
    noEffect: { disable_stateful_session_resumption: 'no sessions are kept here: they are resumed by ticket only' },
  },
  'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext': {
    honoured: [
      'common_tls_context',
      'sni',
      'max_session_keys',
      'allow_renegotiation',
      'auto_host_sni',
      'auto_sni_san_validation',
    ],
    noEffect: { enforce_rsa_key_usage: 'the key usage of RSA certificates is always enforced, as Envoy does it' },
  },
  'envoy.extensions.transport_sockets.tls.v3.CommonTlsContext': {
    honoured: [
      'tls_params',
      'tls_certificates',
      'tls_certificate_sds_secret_configs',
      'validation_context',
      'validation_context_sds_secret_config',
      'combined_validation_context',
      'alpn_protocols',
      'key_log',
    ],
    unsupported: {
      tls_certificate_provider_instance: NO_PROVIDERS,
      tls_certificate_certificate_provider: NO_PROVIDERS,
      tls_certificate_certificate_provider_instance: NO_PROVIDERS,
      validation_context_certificate_provider: NO_PROVIDERS,
      validation_context_certificate_provider_instance: NO_PROVIDERS,
      custom_handshaker: 'handshakes are those of Node.js',
      custom_tls_certificate_selector: 'certificates are chosen by the name that a client asks for',
    },
  },
  'envoy.extensions.transport_sockets.tls.v3.TlsKeyLog': '*',
  'envoy.extensions.transport_sockets.tls.v3.CommonTlsContext.CombinedCertificateValidationContext': {
    honoured: ['default_validation_context', 'validation_context_sds_secret_config'],
    unsupported: {
      validation_context_certificate_provider: NO_PROVIDERS,
      validation_context_certificate_provider_instance: NO_PROVIDERS,
    },
  },
  'envoy.extensions.transport_sockets.tls.v3.TlsParameters': '*',
  'envoy.extensions.transport_sockets.tls.v3.TlsCertificate': {
    honoured: ['certificate_chain', 'private_key', 'pkcs12', 'password', 'watched_directory', 'ocsp_staple'],
    unsupported: {
      private_key_provider: 'keys are read from where private_key says',
      signed_certificate_timestamp: 'Node.js cannot send it in a handshake',
    },
  },
  'envoy.extensions.transport_sockets.tls.v3.TlsSessionTicketKeys': '*',
  'envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext': {
    honoured: [
      'trusted_ca',
      'system_root_certs',
      'watched_directory',
      'verify_certificate_spki',
      'verify_certificate_hash',
      'match_typed_subject_alt_names',
      'match_subject_alt_names',
      'crl',
      'only_verify_leaf_cert_crl',
      'max_verify_depth',
      'allow_expired_certificate',
      'trust_chain_verification',
      'suppress_client_ca_list',
      'custom_validator_config',
    ],
    unsupported: {
      ca_certificate_provider_instance: NO_PROVIDERS,
      require_signed_certificate_timestamp: 'Node.js does not tell what came with a certificate',
    },
  },
  'envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext.SystemRootCerts': '*',
  'envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig': {
    honoured: ['trust_domains'],
    unsupported: {
      trust_bundles: 'name the bundle of each trust domain in trust_domains',
    },
  },
  'envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig.TrustDomain': '*',
  'envoy.config.core.v3.TypedExtensionConfig': '*',
  'envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher': '*',
  'envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig': '*',
  'envoy.extensions.transport_sockets.tls.v3.Secret': {
    honoured: ['name', 'tls_certificate', 'session_ticket_keys', 'validation_context'],
    noEffect: { generic_secret: 'nothing here asks for a secret of this kind' },
  },
  // A file is read at once: there is no first fetch that could take too long.
  'envoy.config.core.v3.ConfigSource': ['path_config_source', 'path', 'resource_api_version', 'initial_fetch_timeout'],
  'envoy.config.core.v3.PathConfigSource': '*',
  'envoy.config.core.v3.WatchedDirectory': '*',
  'envoy.config.core.v3.DataSource': '*',
}
