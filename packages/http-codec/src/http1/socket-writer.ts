import { BatchedSocket } from '../batched-socket.ts'
import { latin1 } from './bytes.ts'

/** Up to this many bytes, head and body go out as one string: Node hands it to one write(2) from the stack (16 KiB). */
const JOIN_LIMIT = 15_000

/** The writing half of a connection: joins small writes, never copies large ones. */
export abstract class SocketWriter extends BatchedSocket {
  /** Latin-1 text that waits for the end of the batch. */
  protected text = ''

  /** Bytes that the kernel has not taken yet. */
  get unwritten(): number {
    return this.text.length + this.socket.writableLength
  }

  // What follows is for the streams of the connection, not for its users.

  /** @internal Writes text when the batch ends, or earlier with other bytes. */
  writeText(text: string): void {
    if (this.writeClosed) return
    this.text = this.text === '' ? text : this.text + text
    if (this.text.length > JOIN_LIMIT) this.flushText()
    else this.enqueue()
  }

  /** @internal Writes lent bytes between two texts that may be empty. False: the peer is slow. */
  writeBytes(before: string, chunk: Uint8Array, after: string): boolean {
    if (this.writeClosed) return true
    const head = before === '' ? this.text : this.text + before
    const total = head.length + chunk.length + after.length
    if (total <= JOIN_LIMIT) {
      const body = latin1(chunk, 0, chunk.length)
      this.text = after === '' ? head + body : head + body + after
      this.enqueue()
      return this.writable
    }
    this.text = ''
    this.bytesSent += total
    const socket = this.socket
    if (head === '' && after === '') {
      socket.write(chunk)
    } else {
      socket.cork()
      if (head !== '') socket.write(head, 'latin1')
      socket.write(chunk)
      if (after !== '') socket.write(after, 'latin1')
      socket.uncork()
    }
    if (socket.writableLength !== 0) this.batch.retained = true
    return this.takesMore()
  }

  /** Hands waiting text to the socket. */
  protected flushText(): void {
    const text = this.text
    if (text === '') return
    this.text = ''
    if (this.writeClosed) return
    this.bytesSent += text.length
    this.socket.write(text, 'latin1')
    this.takesMore()
  }
}
