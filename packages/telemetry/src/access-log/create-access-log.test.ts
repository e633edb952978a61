import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Message } from '@nuncio/config'
import { emptyRuntime } from '@nuncio/core'
import { FakeTime, ScriptedRandom } from '@nuncio/core/testing'
import { finishedStream, LogFolder } from '../testing/access-logs.ts'
import type { AccessLogger, AccessLoggerDefinition } from './contracts.ts'
import { builtinAccessLoggers, createAccessLog } from './create-access-log.ts'

type AccessLog = Message<'envoy.config.accesslog.v3.AccessLog'>

let folder: LogFolder
beforeEach(() => {
  folder = new LogFolder()
})
afterEach(() => folder.remove())

function create(config: AccessLog, loggers?: readonly AccessLoggerDefinition[]): AccessLogger | undefined {
  return createAccessLog(config, {
    ...folder.context,
    runtime: emptyRuntime,
    time: new FakeTime(),
    random: new ScriptedRandom([]),
    matchers: { header: () => undefined, value: () => undefined },
    ...(loggers && { loggers }),
  })
}

function toFile(format: string): AccessLog['typed_config'] & object {
  const type = 'envoy.extensions.access_loggers.file.v3.FileAccessLog'
  return { '@type': type, path: folder.at('a.log'), format } as AccessLog['typed_config'] & object
}

describe('createAccessLog', () => {
  it('has the loggers of Envoy for files and streams', () => {
    expect(builtinAccessLoggers.map(({ name }) => name).toSorted()).toEqual([
      'envoy.access_loggers.file',
      'envoy.access_loggers.stderr',
      'envoy.access_loggers.stdout',
    ])
  })

  it('logs what the filter lets through', async () => {
    const filter: AccessLog['filter'] = {
      status_code_filter: { comparison: { op: 'GE', value: { default_value: 500, runtime_key: '' } } },
    }
    const logger = create({ filter, typed_config: toFile('%RESPONSE_CODE%\n') })
    for (const status of [200, 503]) logger?.log(finishedStream(status))
    await logger?.close()
    expect(folder.read('a.log')).toBe('503\n')
  })

  it('takes loggers of others', () => {
    const seen: number[] = []
    const mine: AccessLoggerDefinition = {
      name: 'mine',
      config: { type: 'my.Logger', honours: {} },
      stability: 'alpha',
      create: () => ({ log: ({ info }) => seen.push(info.status), flush: async () => {}, close: async () => {} }),
    }
    create({ typed_config: { '@type': 'my.Logger' } }, [...builtinAccessLoggers, mine])?.log(finishedStream(201))
    expect(seen).toEqual([201])
  })

  it('reports unknown loggers, and what is wrong in formats and filters, with their places', () => {
    const unknown = { name: 'x', typed_config: { '@type': 'envoy.extensions.access_loggers.wasm.v3.WasmAccessLog' } }
    expect(create(unknown)).toBeUndefined()
    expect(create({ typed_config: toFile('%NOPE%') })).toBeUndefined()
    const filter = { response_flag_filter: { flags: ['XX'] } }
    expect(create({ filter, typed_config: toFile('ok\n') })).toBeUndefined()
    expect(folder.findings.map(({ code, path }) => [code, path])).toEqual([
      ['unsupported', 'typed_config'],
      ['unknown-operator', 'typed_config.format'],
      ['unknown-flag', 'filter.response_flag_filter.flags[0]'],
    ])
  })
})
