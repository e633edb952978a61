import { expect, it } from 'vitest'
import { writtenToStream } from '../../testing/standard-stream.ts'

it.runIf(process.platform !== 'win32')('writes lines to standard error', () => {
  const logger = { folder: import.meta.dirname, name: 'stderrAccessLog' }
  expect(writtenToStream(logger, '2>', '2>&1 >/dev/null | cat')).toEqual(['{"s":204}\n', '{"s":204}\n'])
})
