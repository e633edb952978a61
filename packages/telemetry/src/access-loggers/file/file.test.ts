import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Message } from '@nuncio/config'
import { finishedStream, LogFolder } from '../../testing/access-logs.ts'
import { fileAccessLog } from './index.ts'

type FileAccessLog = Message<'envoy.extensions.access_loggers.file.v3.FileAccessLog'>

let folder: LogFolder
beforeEach(() => {
  folder = new LogFolder()
})
afterEach(() => folder.remove())

async function log(config: Partial<FileAccessLog>): Promise<void> {
  const logger = fileAccessLog.create({ path: folder.at('a.log'), ...config }, folder.context)
  logger?.log(finishedStream(204))
  await logger?.close()
}

it("writes Envoy's default line", async () => {
  await log({})
  expect(folder.read('a.log')).toBe('[1970-01-01T00:00:00.000Z] "GET /a -" 204 - 0 0 7 - "-" "-" "-" "-" "-"\n')
})

it('writes JSON, text and the older forms of both', async () => {
  const json = { s: '%RESPONSE_CODE%' }
  const text = { text_format_source: { inline_string: '%REQ(:PATH)% %HOSTNAME%\n' } }
  await log({ log_format: { json_format: json } })
  await log({ json_format: json })
  await log({ typed_json_format: json })
  await log({ log_format: text })
  await log({ format: '%RESPONSE_CODE%\n' })
  expect(folder.read('a.log')).toBe('{"s":204}\n{"s":204}\n{"s":204}\n/a vm\n204\n')
})

it('reports bad formats and a path that cannot be written', () => {
  const bad: Partial<FileAccessLog>[] = [
    { log_format: { json_format: { a: '%NOPE%' } } },
    { typed_json_format: { a: { b: '50%' } } },
    { format: '%DOWNSTREAM_CX_RTT%' },
    { path: folder.at('no/a.log') },
  ]
  for (const config of bad)
    expect(fileAccessLog.create({ path: folder.at('a.log'), ...config }, folder.context)).toBeUndefined()
  expect(folder.findings.map(({ code, path }) => [code, path])).toEqual([
    ['unknown-operator', 'log_format.json_format.a'],
    ['bad-format', 'typed_json_format.a.b'],
    ['unsupported-operator', 'format'],
    ['unwritable-file', 'path'],
  ])
})
