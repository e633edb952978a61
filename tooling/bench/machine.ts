import { existsSync, readFileSync } from 'node:fs'
import os from 'node:os'

function firstMatch(file: string, pattern: RegExp): string | undefined {
  return existsSync(file) ? pattern.exec(readFileSync(file, 'utf8'))?.[1] : undefined
}

/** What a reader must know of the machine to judge the numbers; nothing that names it. */
export function describeMachine(): string[] {
  const cpu = os.cpus()[0]?.model.trim() ?? 'unknown processor'
  const system = firstMatch('/etc/os-release', /^PRETTY_NAME="?([^"\n]+)/m) ?? os.type()
  const congestion = firstMatch('/proc/sys/net/ipv4/tcp_congestion_control', /(\S+)/)
  return [
    `${os.availableParallelism()} × ${cpu}, ${Math.round(os.totalmem() / 2 ** 30)} GiB`,
    `${system}, ${os.type()} ${/^[\d.]+/.exec(os.release())?.[0] ?? ''}`,
    ...(congestion ? [`TCP congestion control ${congestion}, loopback only`] : []),
    `Node ${process.versions.node} (V8 ${process.versions.v8}, OpenSSL ${process.versions.openssl})`,
  ]
}
