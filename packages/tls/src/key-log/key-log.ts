import type { Message } from '@nuncio/config'
import type { SocketAddress } from '@nuncio/core'
import { type CidrSet, compileCidrRanges, type ConfigPlace } from '@nuncio/matching'
import type { TLSSocket } from 'node:tls'

type TlsKeyLog = Message<'envoy.extensions.transport_sockets.tls.v3.TlsKeyLog'>

/** A file that lines are appended to. */
export interface KeyLogFile {
  /** `line` ends with its line break. */
  write(line: string): void
}

/** Where key logs are written; the files of a server's access logs are such. */
export interface KeyLogFiles<F extends KeyLogFile = KeyLogFile> {
  /** Throws the system's error when it cannot be opened. */
  open(path: string): F
  release(file: F): unknown
}

/** The two ends of a connection. */
export interface ConnectionEnds {
  readonly local: SocketAddress
  readonly remote: SocketAddress
}

/** `key_log`: the secrets of sessions, in the NSS format, for whoever has to read what was recorded on the wire. */
export class KeyLog {
  readonly #files: KeyLogFiles
  readonly #file: KeyLogFile
  readonly #local: CidrSet
  readonly #remote: CidrSet

  private constructor(config: TlsKeyLog, place: ConfigPlace, files: KeyLogFiles, file: KeyLogFile) {
    this.#files = files
    this.#file = file
    this.#local = compileCidrRanges(config.local_address_range, place, 'local_address_range')
    this.#remote = compileCidrRanges(config.remote_address_range, place, 'remote_address_range')
  }

  /** Undefined when none is configured, or its file cannot be opened, which is reported at `place`. */
  static open(config: TlsKeyLog | undefined, place: ConfigPlace, files: KeyLogFiles | undefined): KeyLog | undefined {
    if (config === undefined) return undefined
    const { path = '' } = config
    if (files === undefined) {
      place.error('unsupported', 'there is nothing here that could write a key log')
      return undefined
    }
    try {
      return new KeyLog(config, place, files, files.open(path))
    } catch (error) {
      const { code = 'unknown error' } = error as NodeJS.ErrnoException
      place.at('path').error('unwritable-file', `cannot open ${path} for writing: ${code}`, 'Make the directory.')
      return undefined
    }
  }

  /** Logs the secrets of a connection whose handshake has not begun; `ends`: its addresses, if not the socket's own. */
  follow(socket: TLSSocket, ends?: ConnectionEnds): void {
    socket.on('keylog', (line: Buffer) => {
      const local = ends?.local.address ?? socket.localAddress ?? ''
      const remote = ends?.remote.address ?? socket.remoteAddress ?? ''
      if (within(this.#local, local) && within(this.#remote, remote)) this.#file.write(line.toString('latin1'))
    })
  }

  close(): void {
    this.#files.release(this.#file)
  }
}

function within(ranges: CidrSet, address: string): boolean {
  return ranges.size === 0 || ranges.has(address)
}
