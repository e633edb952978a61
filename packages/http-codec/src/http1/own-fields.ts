import { formatName } from './head-writer.ts'
import type { HeaderKeyFormat } from './options.ts'

/** The fields that the codec writes itself, each a whole line in one format of names. */
export interface OwnFields {
  readonly noBody: string
  readonly chunked: string
  readonly close: string
  readonly keepAlive: string
  readonly connectionUpgrade: string
  readonly host: string
  readonly upgrade: string
}

function ownFields(format: HeaderKeyFormat): OwnFields {
  const line = (name: string, value: string): string => `${formatName(name, format)}: ${value}\r\n`
  return {
    noBody: line('content-length', '0'),
    chunked: line('transfer-encoding', 'chunked'),
    close: line('connection', 'close'),
    keepAlive: line('connection', 'keep-alive'),
    connectionUpgrade: line('connection', 'Upgrade'),
    host: format === 'lower' ? 'host: ' : 'Host: ',
    upgrade: `${formatName('upgrade', format)}: `,
  }
}

export const OWN_FIELDS: Readonly<Record<HeaderKeyFormat, OwnFields>> = {
  preserve: ownFields('preserve'),
  proper: ownFields('proper'),
  lower: ownFields('lower'),
}
