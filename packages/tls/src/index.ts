export {
  type Beginning,
  type ClientTarget,
  type ClientWishes,
  type HandshakeResult,
  TlsClient,
  type TlsClientOptions,
} from './client/tls-client.ts'
export { tlsErrorText, tlsFailureText } from './errors.ts'
export { tlsHonours } from './honours.ts'
export { SocketTlsInfo } from './certificates/tls-info.ts'
export { DirectoryWatch } from './material/directory-watch.ts'
export { checkSecret } from './material/check-secret.ts'
export {
  CertificateRegistry,
  type Expiry,
  type UsedCertificate,
  type UsedCertificates,
} from './material/certificate-registry.ts'
export type { ConnectionEnds, KeyLog, KeyLogFile, KeyLogFiles } from './key-log/key-log.ts'
export { LiveMaterial, type TlsMaterial } from './material/live-material.ts'
export { NO_SECRETS, type SecretResolver } from './material/secrets.ts'
export { decideParameters } from './parameters.ts'
export { chainError } from './server/chain-error.ts'
export { type ClientHello, MAX_CLIENT_HELLO_BYTES, readClientHello } from './client-hello/client-hello.ts'
export { ja3, ja4 } from './client-hello/fingerprints.ts'
export { HandshakeOptions, type HelloWishes } from './server/handshake-options.ts'
export { type OcspPolicy, stapleOcsp } from './server/ocsp-stapler.ts'
export { buildServerContexts, type ServerContextOptions, type ServerContexts } from './server/server-contexts.ts'
export { TlsStats } from './stats.ts'
