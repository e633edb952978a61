import {
  fault,
  type OperatorDefinition,
  type OperatorFault,
  type OtherOperator,
  type ValueOf,
  withArgs,
} from './definition.ts'

/** `%COALESCE({"operators": ["NAME", {"command": "REQ", "param": "x-a", "max_length": 3}]})%`: the first that has a value. */
export const coalesce: OperatorDefinition = withArgs('required', true, (args, _environment, compileOther) => {
  const values: ValueOf[] = []
  const entries = entriesOf(args)
  if ('fault' in entries) return entries
  for (const [i, entry] of entries.entries()) {
    const value = 'fault' in entry ? entry : compileOther(entry)
    if (typeof value !== 'function') return fault(`operator ${i + 1}: ${value.fault}`, value.unsupported)
    values.push(value)
  }
  return (context) => {
    for (const value of values) {
      const found = value(context)
      if (found !== undefined) return found
    }
    return undefined
  }
})

type Entry = OtherOperator | OperatorFault

function entriesOf(args: string): readonly Entry[] | OperatorFault {
  let given: unknown
  try {
    given = JSON.parse(args)
  } catch {
    return fault('its arguments are not JSON')
  }
  const operators = typeof given === 'object' && given !== null && 'operators' in given ? given.operators : undefined
  if (!Array.isArray(operators) || operators.length === 0) return fault('"operators" is to be a list that is not empty')
  return operators.map((entry: unknown) => entryOf(entry))
}

function entryOf(entry: unknown): Entry {
  if (typeof entry === 'string') return { name: entry, args: undefined, maxLength: undefined }
  if (typeof entry !== 'object' || entry === null) return fault('it is neither a name nor an object with "command"')
  const { command, param, max_length: maxLength } = entry as Readonly<Record<string, unknown>>
  if (typeof command !== 'string') return fault('"command" is not a text')
  if (param !== undefined && typeof param !== 'string') return fault('"param" is not a text')
  if (maxLength === undefined) return { name: command, args: param, maxLength }
  if (typeof maxLength !== 'number' || !Number.isInteger(maxLength) || maxLength <= 0)
    return fault('"max_length" is not a positive integer')
  return { name: command, args: param, maxLength }
}
