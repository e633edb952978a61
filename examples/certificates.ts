import { createAuthority, type Identity } from '@nuncio/tls/testing'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'

// Throwaway certificates for the examples that need some:
//   node tooling/bootstrap/run.mjs node --conditions=@nuncio/source examples/certificates.ts examples/tls-termination/certs

/** Writes an authority and what it issued, 30 days valid, as PEM: `NAME.pem` and `NAME-key.pem`. */
export function writeCertificates(folder: string): void {
  const authority = createAuthority('examples')
  const others = createAuthority('somebody else')
  mkdirSync(folder, { recursive: true })
  writeFileSync(path.join(folder, 'authority.pem'), authority.cert)
  const made: Readonly<Record<string, Identity>> = {
    shop: authority.issue({ commonName: 'shop', dns: ['shop.example'] }),
    wildcard: authority.issue({ commonName: 'wildcard', dns: ['*.sites.example'] }),
    proxy: authority.issue({ commonName: 'proxy', dns: ['proxy.example'], uri: ['spiffe://example/proxy'] }),
    app: authority.issue({
      commonName: 'app',
      dns: ['app.internal', '*.tenants.internal'],
      uri: ['spiffe://example/app'],
    }),
    orders: authority.issue({ commonName: 'orders', uri: ['spiffe://example/orders'] }),
    guest: authority.issue({ commonName: 'guest', uri: ['spiffe://guests/guest'] }),
    stranger: others.issue({ commonName: 'stranger', uri: ['spiffe://example/orders'] }),
  }
  for (const [name, identity] of Object.entries(made)) {
    writeFileSync(path.join(folder, `${name}.pem`), identity.chain)
    writeFileSync(path.join(folder, `${name}-key.pem`), identity.key, { mode: 0o600 })
  }
}

const [, script, folder] = process.argv
if (script === import.meta.filename && folder !== undefined) writeCertificates(folder)
