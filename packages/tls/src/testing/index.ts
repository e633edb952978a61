export { Authority, type CertificateOptions, createAuthority, Identity, selfSigned } from './certificates.ts'
export { testClient } from './client.ts'
export { buildClientHello, type HelloParts, records } from './client-hello.ts'
export { inlineCertificate, shows } from './options.ts'
