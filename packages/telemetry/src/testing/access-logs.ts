import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Finding, type FormatContext, formatContext } from '@nuncio/access-log'
import { connectionInfo, requestHeaders, silentLogger, StatsScope, StatsStore, StreamInfo } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import type { AccessLoggerContext } from '../access-log/contracts.ts'
import { LogFiles } from '../files/log-files.ts'

/** A folder for log files, with all that access loggers are given. */
export class LogFolder {
  readonly dir = mkdtempSync(path.join(tmpdir(), 'nuncio-access-'))
  readonly findings: Finding[] = []
  readonly files = new LogFiles({
    time: new FakeTime(),
    stats: new StatsScope(new StatsStore(), ''),
    logger: silentLogger,
  })
  readonly context: AccessLoggerContext = {
    files: this.files,
    environment: { hostname: 'vm' },
    report: (finding) => this.findings.push(finding),
  }

  at(name: string): string {
    return path.join(this.dir, name)
  }
  read(name: string): string {
    return readFileSync(this.at(name), 'latin1')
  }
  async remove(): Promise<void> {
    await this.files.close()
    rmSync(this.dir, { recursive: true })
  }
}

/** `GET /a`, answered with a status after 7 ms. */
export function finishedStream(status: number): FormatContext {
  const peer = { address: '10.0.0.1', port: 1 }
  const info = new StreamInfo(connectionInfo({ remote: peer, local: peer }), 0, 0)
  info.status = status
  info.endMs = 7
  const request = requestHeaders([
    [':method', 'GET'],
    [':path', '/a'],
  ])
  return formatContext(info, request)
}
