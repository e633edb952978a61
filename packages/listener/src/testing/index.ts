export { Authority, type CertificateOptions, createAuthority, Identity, selfSigned } from './certificates.ts'
export { buildClientHello, type HelloParts, records } from './client-hello.ts'
export { answer, ANSWER, ListenerHarness, read, until } from './harness.ts'
export { type ClientView, inlineCertificate, shows, TlsHarness, tlsSocket, tlsTalk } from './tls.ts'
