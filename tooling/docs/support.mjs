// The support table: what each part declares to honour, against all that the API table knows.

/** @typedef {{all: boolean, honoured: string[], noEffect: [string, string][], unsupported: [string, string?][]}} Support */

/** `envoy.config.route.v3.RouteMatch.PathMatch` → `envoy.config.route.v3`. */
function packageOf(name) {
  const parts = name.split('.')
  const first = parts.findIndex((part) => /^[A-Z]/.test(part))
  return parts.slice(0, first < 0 ? -1 : first).join('.')
}
const shortName = (name) => name.slice(packageOf(name).length + 1)

/** @returns {Support} */
export function supportOf(spec, entry) {
  const plain = entry === '*' || Array.isArray(entry)
  const wanted = plain ? entry : entry.honoured
  const { noEffect = {}, unsupported: why = {} } = plain ? {} : entry
  const fields = Object.keys(spec.f)
  const honoured = fields.filter((field) => !(field in noEffect) && (wanted === '*' || wanted.includes(field)))
  const unsupported = fields.filter((field) => !(field in noEffect) && !honoured.includes(field))
  const refused = unsupported.map((field) => (field in why ? [field, why[field]] : [field]))
  return { all: refused.length === 0, honoured, noEffect: Object.entries(noEffect), unsupported: refused }
}

/** The messages of extensions that stand behind a `typed_config`: no other message has a field of their type. */
function entryMessages(table) {
  const inner = new Set(Object.values(table.messages).flatMap((spec) => Object.values(spec.f).map((field) => field.t)))
  return Object.keys(table.messages).filter(
    (name) => name.startsWith('envoy.extensions.') && !inner.has(name) && !shortName(name).includes('.'),
  )
}

const sorted = (names) => [...names].toSorted((a, b) => (a < b ? -1 : 1))
const code = (names) => names.map((name) => `\`${name}\``).join(' ')

/** A message, or a field of one whose content has a row of its own. */
function title(name) {
  const [type, field] = name.split('#')
  return field === undefined ? `\`${shortName(type)}\`` : `\`${field}\` of \`${shortName(type)}\``
}

const reasons = (fields) => fields.map(([field, why]) => `\`${field}\`: ${why.replaceAll('|', '\\|')}`).join('; ')

function refusals(fields) {
  const bare = code(fields.filter(([, why]) => why === undefined).map(([field]) => field))
  const told = reasons(fields.filter(([, why]) => why !== undefined))
  return [bare, told].filter((text) => text !== '').join('; ')
}

function row(name, support) {
  const words = support.all ? (support.honoured.length > 0 ? 'all' : 'it has no fields') : code(support.honoured)
  return `| ${title(name)} | ${words} | ${refusals(support.unsupported) || '–'} | ${reasons(support.noEffect) || '–'} |`
}

function sections(supports) {
  const packages = Map.groupBy(supports.keys(), (name) => packageOf(name))
  return sorted(packages.keys()).flatMap((name) => [
    `### ${name}`,
    '',
    '| message | honoured | unsupported | accepted, without effect |',
    '|---|---|---|---|',
    ...sorted(packages.get(name)).map((message) => row(message, supports.get(message))),
    '',
  ])
}

function absent(table, honours) {
  const entries = entryMessages(table)
  // A package of filters is one filter, whatever messages of former days stand in it.
  const there = new Set(entries.filter((name) => Object.hasOwn(honours, name)).map(packageOf))
  const isThere = (name) =>
    Object.hasOwn(honours, name) || (name.startsWith('envoy.extensions.filters.') && there.has(packageOf(name)))
  const missing = entries.filter((name) => !isThere(name))
  const kinds = Map.groupBy(missing, (name) => packageOf(name).split('.').slice(2, -2).join('.') || 'others')
  return sorted(kinds.keys()).map((kind) => {
    const names = kinds.get(kind).map((name) => packageOf(name).split('.').at(-2))
    return `- **${kind}**: ${sorted(new Set(names)).join(', ')}`
  })
}

/** What the table has of a message, or of what stands in a field of one (`message#field`). */
function specOf(table, name) {
  const [type, field] = name.split('#')
  const spec = table.messages[type]
  return field === undefined ? spec : table.messages[spec?.f[field]?.t]
}

/** @returns {string[]} the fields that are refused without a word why, as `message.field` */
export function bareRefusals(table, honours) {
  return Object.keys(honours).flatMap((name) => {
    const spec = specOf(table, name)
    const refused = spec === undefined ? [] : supportOf(spec, honours[name]).unsupported
    return refused.filter(([, why]) => why === undefined).map(([field]) => `${name}.${field}`)
  })
}

/** @returns {string} the page as Markdown */
export function supportPage(table, honours) {
  const known = Object.keys(honours).filter((name) => specOf(table, name) !== undefined)
  const own = sorted(Object.keys(honours).filter((name) => specOf(table, name) === undefined))
  const supports = new Map(known.map((name) => [name, supportOf(specOf(table, name), honours[name])]))
  const messages = known.filter((name) => !name.includes('#'))
  const whole = messages.filter((name) => supports.get(name).all).length
  const lines = [
    '# What nuncio honours of Envoy’s API',
    '',
    'Generated by `npm run docs` from what each part of nuncio declares; do not edit. A field that is not honoured is never',
    'ignored: loading a file that uses it is an `unsupported` problem with its line, an error unless `--allow-unsupported`',
    'makes it a warning. A message that is not on this page is not honoured at all.',
    '',
    `${messages.length} messages are honoured, ${whole} of them whole; the API has ${Object.keys(table.messages).length}.`,
    '',
    '## Messages',
    '',
    ...sections(supports),
    ...(own.length > 0 ? ['## Messages of our own', '', ...own.map((name) => `- \`${name}\``), ''] : []),
    '## Extensions that are not there',
    '',
    ...absent(table, honours),
  ]
  return `${lines.join('\n')}\n`
}
