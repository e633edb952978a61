import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { writeCertificate } from './certificate.ts'

test('makes a certificate that is valid now, names the host, and is signed with its own key', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'nuncio-certificate-'))
  try {
    const files = writeCertificate(folder)
    const certificate = new X509Certificate(readFileSync(files.certificate))
    expect(certificate.checkHost('bench.example')).toBe('bench.example')
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1')
    expect(certificate.verify(certificate.publicKey)).toBe(true)
    expect(Date.parse(certificate.validTo)).toBeGreaterThan(Date.parse(certificate.validFrom))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
