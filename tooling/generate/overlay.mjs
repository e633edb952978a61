// Adds to the table what newer.txt knows and the packaged protos do not carry yet.
import { readFileSync } from 'node:fs'

const NEWER = new URL('./newer.txt', import.meta.url)

/** Fields whose type changed between the packaged protos and today's Envoy. */
const RETYPED = {
  'envoy.extensions.filters.http.ratelimit.v3.RateLimitPerRoute': { rate_limits: 'envoy.config.route.v3.RateLimit' },
}

/** Adds what is missing; what a newer package of protos brings by itself is left as it is. */
export function overlay(table) {
  // Only messages that are new here get `new` fields: a half of the packaged one and a half of ours would fit nothing.
  const packaged = new Set(Object.keys(table.messages))
  let add = ignore
  for (const [number, line] of readFileSync(NEWER, 'utf8').split('\n').entries()) {
    if (line === '' || line.startsWith('#')) continue
    try {
      if (line.startsWith('  ')) add(line.trim())
      else add = section(table, packaged, line)
    } catch (error) {
      throw new Error(`newer.txt:${number + 1}: ${error.message}`, { cause: error })
    }
  }
  for (const [name, fields] of Object.entries(RETYPED)) {
    for (const [field, type] of Object.entries(fields)) table.messages[name].f[field].t = type
  }
}

function ignore() {}

/** Opens the section that a heading names; the function that takes its lines. */
function section(table, packaged, heading) {
  const [first, second] = heading.split(' ')
  if (first === 'opaque') {
    table.messages[second] ??= { f: {}, x: 1 }
    return ignore
  }
  if (first === 'enum') {
    const values = (table.enums[second] ??= {})
    return (line) => {
      const [value, number] = line.split(' ')
      values[value] ??= Number(number)
    }
  }
  if (first === 'new') {
    if (packaged.has(second)) return ignore
    table.messages[second] ??= { f: {} }
    return (line) => addField(table.messages[second], line)
  }
  if (first === 'rules') {
    const message = messageOf(table, second)
    return (line) => changeRules(message, line)
  }
  const message = messageOf(table, first)
  return (line) => addField(message, line)
}

function messageOf(table, name) {
  const message = table.messages[name]
  if (!message) throw new Error(`${name} is not in the protos`)
  return message
}

function changeRules(message, line) {
  const [name, ...words] = line.split(' ')
  const field = message.f[name]
  const rules = words.find((word) => word.startsWith('{'))
  if (words.includes('optional')) delete message.o?.[name]?.req
  else if (words.includes('gone')) delete message.f[name]
  else if (field) {
    if (words.includes('deprecated')) field.d = 1
    if (words.includes('none')) delete field.r
    if (rules) field.r = JSON.parse(rules)
  }
}

function addField(message, line) {
  const { name, spec, oneof } = parseField(line)
  if (message.f[name]) return
  message.f[name] = spec
  if (!oneof) return
  message.o ??= {}
  const group = (message.o[oneof.name] ??= { f: [], ...(oneof.required && { req: 1 }) })
  group.f.push(name)
}

function parseField(line) {
  const at = line.indexOf('{')
  const [name, number, type, ...words] = (at < 0 ? line : line.slice(0, at)).trim().split(' ')
  const map = /^map<([^,]+),(.+)>$/.exec(type)
  const spec = { t: map ? map[2] : type.replace('[]', ''), n: Number(number) }
  if (map) spec.k = map[1]
  else if (type.endsWith('[]')) spec.a = 1
  let oneof
  for (const word of words) {
    if (word === 'deprecated') spec.d = 1
    else if (word === 'sensitive') spec.s = 1
    else if (word.startsWith('oneof=')) oneof = { name: word.slice(6).replace('!', ''), required: word.endsWith('!') }
    else throw new Error(`${word} means nothing`)
  }
  if (at >= 0) spec.r = JSON.parse(line.slice(at))
  return { name, spec, oneof }
}
