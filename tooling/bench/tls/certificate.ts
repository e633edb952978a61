import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import path from 'node:path'

/** A certificate and its key, as PEM files. */
export interface CertificateFiles {
  readonly certificate: string
  readonly key: string
}

const NAME = 'bench.example'
const SEQUENCE = 0x30
const SET = 0x31
const ECDSA_WITH_SHA256 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]
const COMMON_NAME = [0x55, 0x04, 0x03]
const SUBJECT_ALTERNATIVE_NAME = [0x55, 0x1d, 0x11]

/** One DER element: tag, length, content. */
function der(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content)
  const { length } = body
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), body])
}

const oid = (bytes: readonly number[]): Buffer => der(0x06, Buffer.from(bytes))
const utcTime = (date: Date): Buffer =>
  der(
    0x17,
    Buffer.from(
      date
        .toISOString()
        .replaceAll(/[-:T]|\.\d+/g, '')
        .slice(2),
      'latin1',
    ),
  )

/** Makes a self-signed ECDSA P-256 certificate for ten days: Node's crypto signs, but does not issue. */
export function writeCertificate(folder: string): CertificateFiles {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = der(SEQUENCE, oid(ECDSA_WITH_SHA256))
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, oid(COMMON_NAME), der(0x0c, Buffer.from(NAME)))))
  const now = Date.now()
  const validity = der(SEQUENCE, utcTime(new Date(now - 86_400_000)), utcTime(new Date(now + 864_000_000)))
  const names = der(SEQUENCE, der(0x82, Buffer.from(NAME)), der(0x87, Buffer.from([127, 0, 0, 1])))
  const extension = der(SEQUENCE, oid(SUBJECT_ALTERNATIVE_NAME), der(0x04, names))
  const serial = randomBytes(8)
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40
  const body = der(
    SEQUENCE,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    algorithm,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(SEQUENCE, extension)),
  )
  const signature = sign('sha256', body, privateKey)
  const whole = der(SEQUENCE, body, algorithm, der(0x03, Buffer.from([0]), signature))
  const files = { certificate: path.join(folder, 'certificate.pem'), key: path.join(folder, 'key.pem') }
  const base64 = whole.toString('base64').replaceAll(/.{64}/g, '$&\n').trimEnd()
  writeFileSync(files.certificate, `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`)
  writeFileSync(files.key, privateKey.export({ type: 'pkcs8', format: 'pem' }))
  return files
}
