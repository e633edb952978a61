import { expect, it } from 'vitest'
import { writtenToStream } from '../../testing/standard-stream.ts'

it.runIf(process.platform !== 'win32')('writes lines to standard output', () => {
  const logger = { folder: import.meta.dirname, name: 'stdoutAccessLog' }
  expect(writtenToStream(logger, '>', '| cat')).toEqual(['{"s":204}\n', '{"s":204}\n'])
})
