import { NuncioError } from '@nuncio/core'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

/** The file of a module that a user names: a path, or a package that is installed where the user stands. */
export function resolveModule(name: string, from = process.cwd()): string {
  if (name.startsWith('.') || path.isAbsolute(name)) {
    const file = path.resolve(from, name)
    if (existsSync(file)) return file
    throw new NuncioError('ERR_NUNCIO_ARGUMENT', `--filter ${name}: there is no such file`)
  }
  try {
    return createRequire(path.join(from, 'nuncio.js')).resolve(name)
  } catch {
    throw new NuncioError('ERR_NUNCIO_ARGUMENT', `--filter ${name}: there is no such package in ${from}`, {
      hint: 'install it there, or give a path that begins with ./',
    })
  }
}
