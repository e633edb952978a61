// Turns Envoy's protos, as the npm package @grpc/grpc-js-xds carries them, into one table and its TypeScript types:
//   packages/config/src/generated/table/       messages, fields, oneofs, enums, validation rules, in two parts
//   packages/config/src/generated/docs.ts      the first sentences about each message and field
//   packages/config/src/generated/messages.ts  the types of the normalised configuration
// Runs at set-up and before a build; the output is not committed. Newer fields come from overlay.mjs.
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { overlay } from './overlay.mjs'
import { partition } from './partition.mjs'
import { messagesSource, textSource } from './write.mjs'

const require = createRequire(import.meta.url)
const protobuf = require('protobufjs')
const home = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')
const out = path.join(home, 'packages/config/src/generated')
const wellKnown = path.dirname(require.resolve('protobufjs/google/protobuf/descriptor.proto'))
const deps = path.join(home, 'node_modules/@grpc/grpc-js-xds/deps')
const roots = ['envoy-api', 'xds', 'googleapis', 'protoc-gen-validate'].map((dir) => path.join(deps, dir))

/** Bootstrap reaches most of the API; extensions are reached by @type only, so their folders are named. */
const FOLDERS = [
  'envoy/config/{accesslog,bootstrap,cluster,common,core,endpoint,listener,metrics,overload,ratelimit,rbac,route,tap,trace,upstream}/**/*',
  'envoy/extensions/**/*',
  'envoy/service/{discovery,auth,ratelimit,rate_limit_quota,ext_proc,load_stats,status,health,accesslog,runtime,secret,extension}/v3/*',
  'envoy/data/**/*',
  'envoy/type/**/*',
  'envoy/admin/v3/*',
  'envoy/watchdog/**/*',
]

function loadProtos() {
  const root = new protobuf.Root()
  root.resolvePath = (_, target) => {
    if (target.startsWith('google/protobuf/')) {
      const file = path.join(wellKnown, path.basename(target))
      return existsSync(file) ? file : target
    }
    return roots.map((dir) => path.join(dir, target)).find((file) => existsSync(file)) ?? null
  }
  // A file whose imports are not all carried (contrib, opencensus, prometheus) cannot be read; it is left out whole.
  const readable = new Map()
  const isReadable = (file) => {
    if (file.startsWith('google/protobuf/')) return true
    if (readable.has(file)) return readable.get(file)
    readable.set(file, true)
    const at = root.resolvePath('', file)
    const ok =
      at !== null &&
      existsSync(at) &&
      [...readFileSync(at, 'utf8').matchAll(/^import (?:public )?"([^"]+)"/gm)].every((m) => isReadable(m[1]))
    readable.set(file, ok)
    return ok
  }
  const files = FOLDERS.flatMap((glob) => globSync(`${glob}.proto`, { cwd: roots[0] })).concat(
    globSync('xds/type/**/*.proto', { cwd: roots[1] }).filter((f) => f.includes('/v3/')),
  )
  root.loadSync(
    [...new Set(files)].filter(
      (file) => isReadable(file) && !/\/v[12](alpha\d*|beta\d*)?\//.test(file.replace('/v1alpha3/', '/v3/')),
    ),
    { keepCase: true, alternateCommentMode: true },
  )
  root.resolveAll()
  return root
}

const WELL_KNOWN = /^google\.protobuf\.(Any|Duration|Timestamp|Struct|Value|ListValue|Empty|FieldMask|\w+Value)$/

/** `parsedOptions` keeps what the flat `options` lose: lists, and rules that are empty messages (`gt {}`). */
function rulesOf(object) {
  const rules = {}
  for (const options of [object.parsedOptions ?? []].flat()) {
    for (const [key, value] of Object.entries(options)) {
      if (key === '(validate.rules)') merge(rules, value)
      else if (key === '(validate.required)') rules.required = value
    }
  }
  return rules
}
function merge(into, from) {
  for (const [key, value] of Object.entries(from)) {
    into[key] = value && typeof value === 'object' && !Array.isArray(value) ? merge(into[key] ?? {}, value) : value
  }
  return into
}

/** The first sentences of a comment: what an editor shows on hover. */
function summary(comment) {
  if (!comment) return undefined
  const text = comment
    .replace(/\[#[^\]]*\]/g, '')
    .replace(/:\w+:`([^<`]+?)\s*(?:<[^`]*>)?`/g, '$1')
    .replace(/`([^<`]+?)\s*<[^`]*>`_+/g, '$1')
    .replace(/``/g, '`')
    .split(/\n\s*\n/)[0]
    .replace(/\s+/g, ' ')
    .trim()
  if (text.length <= MAX_DOC) return text || undefined
  const end = text.lastIndexOf('. ', MAX_DOC)
  return end > MAX_DOC / 3 ? text.slice(0, end + 1) : `${text.slice(0, MAX_DOC - 1)}…`
}
const MAX_DOC = 300

function tableOf(root) {
  const table = { messages: {}, enums: {} }
  const docs = {}
  const document = (name, comment) => {
    const doc = summary(comment)
    if (doc) docs[name] = doc
  }
  const addEnum = (type) => {
    const name = type.fullName.slice(1)
    table.enums[name] ??= type.values
    for (const [value, comment] of Object.entries(type.comments ?? {})) document(`${name}.${value}`, comment)
  }
  const add = (type) => {
    const name = type.fullName.slice(1)
    if (WELL_KNOWN.test(name) || table.messages[name]) return
    const message = (table.messages[name] = { f: {} })
    document(name, type.comment)
    for (const field of type.fieldsArray) {
      const target = field.resolvedType ? field.resolvedType.fullName.slice(1) : field.type
      const spec = (message.f[field.name] = { t: target, n: field.id })
      if (field.map) spec.k = field.keyType
      else if (field.repeated) spec.a = 1
      if (field.options?.deprecated) spec.d = 1
      if (field.options?.proto3_optional) spec.p = 1
      if (field.options?.['(udpa.annotations.sensitive)']) spec.s = 1
      const rules = rulesOf(field)
      if (Object.keys(rules).length > 0) spec.r = rules
      document(`${name}.${field.name}`, field.comment)
      if (field.resolvedType instanceof protobuf.Enum) addEnum(field.resolvedType)
      else if (field.resolvedType) add(field.resolvedType)
    }
    for (const oneof of type.oneofsArray) {
      if (oneof.fieldsArray.length === 1 && oneof.fieldsArray[0].options?.proto3_optional) continue
      message.o ??= {}
      message.o[oneof.name] = {
        f: oneof.fieldsArray.map((field) => field.name),
        ...(rulesOf(oneof).required && { req: 1 }),
      }
    }
  }
  const walk = (space) => {
    for (const nested of space.nestedArray) {
      if (nested instanceof protobuf.Type && /^\.(envoy|xds)\./.test(nested.fullName)) add(nested)
      if (nested instanceof protobuf.Namespace) walk(nested)
    }
  }
  walk(root)
  return { table, docs }
}

const began = performance.now()
const { table, docs } = tableOf(loadProtos())
overlay(table)
mkdirSync(path.join(out, 'table'), { recursive: true })
const { first, rest } = partition(table)
writeFileSync(path.join(out, 'table/first.ts'), textSource('FIRST_TEXT', first))
writeFileSync(path.join(out, 'table/rest.ts'), textSource('REST_TEXT', rest))
writeFileSync(path.join(out, 'docs.ts'), textSource('DOCS_TEXT', docs))
writeFileSync(path.join(out, 'messages.ts'), messagesSource(table))
console.error(
  `generated ${Object.keys(table.messages).length} messages and ${Object.keys(table.enums).length} enums in ${Math.round(performance.now() - began)} ms`,
)
