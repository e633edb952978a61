import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Finding, type FormatContext, formatContext } from '@nuncio/access-log'
import type { Message } from '@nuncio/config'
import { emptyRuntime, requestHeaders, silentLogger, StatsScope, StatsStore, StreamInfo } from '@nuncio/core'
import { FakeTime, ScriptedRandom } from '@nuncio/core/testing'
import { LogFiles } from '../files/log-files.ts'
import type { AccessLogger } from './contracts.ts'
import { builtinAccessLoggers, createAccessLog } from './create-access-log.ts'

type AccessLog = Message<'envoy.config.accesslog.v3.AccessLog'>
type FileAccessLog = Message<'envoy.extensions.access_loggers.file.v3.FileAccessLog'>

let dir = ''
let files: LogFiles
let findings: Finding[]

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'nuncio-access-'))
  files = new LogFiles({ time: new FakeTime(), stats: new StatsScope(new StatsStore(), ''), logger: silentLogger })
  findings = []
})

afterEach(async () => {
  await files.close()
  rmSync(dir, { recursive: true })
})

function create(config: AccessLog): AccessLogger | undefined {
  return createAccessLog(config, {
    files,
    environment: { hostname: 'vm' },
    report: (finding) => findings.push(finding),
    runtime: emptyRuntime,
    time: new FakeTime(),
    random: new ScriptedRandom([]),
    matchers: { header: () => undefined, value: () => undefined },
  })
}

function toFile(fields: Partial<FileAccessLog>): AccessLog['typed_config'] & FileAccessLog {
  return { '@type': 'envoy.extensions.access_loggers.file.v3.FileAccessLog', path: path.join(dir, 'a.log'), ...fields }
}

function stream(status: number): FormatContext {
  const peer = { address: '10.0.0.1', port: 1 }
  const info = new StreamInfo(
    {
      id: 1, remote: peer, directRemote: peer, local: peer, tls: undefined, serverName: '', listenerName: '', filterChainName: '',
      startMs: 0, terminationDetails: '', filterState: undefined, metadata: undefined,
    },
    0,
    0,
  ) // prettier-ignore
  info.status = status
  info.endMs = 7
  return formatContext(info, requestHeaders([[':method', 'GET'], [':path', '/a']])) // prettier-ignore
}

async function logged(config: AccessLog, ...statuses: number[]): Promise<string> {
  const logger = create(config)
  for (const status of statuses) logger?.log(stream(status))
  await logger?.close()
  return readFileSync(path.join(dir, 'a.log'), 'latin1')
}

describe('createAccessLog', () => {
  it('has the loggers of Envoy for files and streams', () => {
    expect(builtinAccessLoggers.map(({ name }) => name).toSorted()).toEqual([
      'envoy.access_loggers.file',
      'envoy.access_loggers.stderr',
      'envoy.access_loggers.stdout',
    ])
  })

  it("writes Envoy's default line", async () => {
    expect(await logged({ typed_config: toFile({}) }, 200)).toBe(
      '[1970-01-01T00:00:00.000Z] "GET /a -" 200 - 0 0 7 - "-" "-" "-" "-" "-"\n',
    )
  })

  it('writes JSON, text and the older forms of both', async () => {
    const json = { s: '%RESPONSE_CODE%' }
    const text = { text_format_source: { inline_string: '%REQ(:PATH)% %HOSTNAME%\n' } }
    const formats: Partial<FileAccessLog>[] = [
      { log_format: { json_format: json } }, { json_format: json }, { typed_json_format: json },
      { log_format: text }, { format: '%RESPONSE_CODE%\n' },
    ] // prettier-ignore
    for (const format of formats) await logged({ typed_config: toFile(format) }, 204)
    expect(readFileSync(path.join(dir, 'a.log'), 'utf8')).toBe('{"s":204}\n{"s":204}\n{"s":204}\n/a vm\n204\n')
  })

  it('logs what its filter lets through', async () => {
    const filter: AccessLog['filter'] = {
      status_code_filter: { comparison: { op: 'GE', value: { default_value: 500, runtime_key: '' } } },
    }
    const format = { format: '%RESPONSE_CODE%\n' }
    expect(await logged({ filter, typed_config: toFile(format) }, 200, 503)).toBe('503\n')
  })

  it('reports an unknown logger, a bad format and a path that cannot be written, with their places', () => {
    const unknown = { name: 'x', typed_config: { '@type': 'envoy.extensions.access_loggers.wasm.v3.WasmAccessLog' } }
    expect(create(unknown)).toBeUndefined()
    expect(create({ typed_config: toFile({ log_format: { json_format: { a: '%NOPE%' } } }) })).toBeUndefined()
    expect(create({ typed_config: toFile({ path: path.join(dir, 'no/a.log') }) })).toBeUndefined()
    expect(findings.map(({ code, path: place }) => [code, place])).toEqual([
      ['unsupported', 'typed_config'],
      ['unknown-operator', 'typed_config.log_format.json_format.a'],
      ['unwritable-file', 'typed_config.path'],
    ])
  })
})
