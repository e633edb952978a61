import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'

const here = import.meta.dirname

// The streams of this process belong to the test runner: a process of its own shows what arrives in a file and a pipe.
const PROGRAM = `
import { stdoutAccessLog } from '${here}/index.ts'
import { finishedStream, LogFolder } from '${here}/../../testing/access-logs.ts'
const folder = new LogFolder()
const logger = stdoutAccessLog.create({ log_format: { json_format: { s: '%RESPONSE_CODE%' } } }, folder.context)
logger.log(finishedStream(204))
await logger.close()
await folder.remove()
`

it.runIf(process.platform !== 'win32')('writes lines to standard output', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'nuncio-stdout-'))
  const file = path.join(dir, 'out')
  const run = (redirect: string): string =>
    execFileSync(
      'sh',
      ['-c', `"$0" --conditions=@nuncio/source --input-type=module -e "$1" ${redirect}`, process.execPath, PROGRAM],
      { encoding: 'utf8' },
    )
  try {
    run(`> "${file}"`)
    expect(readFileSync(file, 'utf8')).toBe('{"s":204}\n')
    expect(run('| cat')).toBe('{"s":204}\n')
  } finally {
    rmSync(dir, { recursive: true })
  }
})
