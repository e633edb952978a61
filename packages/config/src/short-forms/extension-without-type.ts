import { type MapNode, type Node, nodeOf, textOf, isNull } from '../tree/node.ts'
import { type ExtensionKind, type ExtensionName, extensionOf } from './extension-names.ts'
import { fieldEntry, fieldValue, renameField, setField, type ShortForm, type ShortFormContext } from './short-form.ts'

/** An extension that is given by its name alone, or by a v2 name with `config`. */
export function extensionWithoutType(kind: ExtensionKind): ShortForm {
  return (node, context) => {
    if (node.kind === 'map') completeExtension(node, kind, context)
    return node
  }
}

/** Gives the entry of an extension its v3 name and its typed_config; what it stands for, when it is known. */
export function completeExtension(
  node: MapNode,
  kind: ExtensionKind,
  context: ShortFormContext,
): ExtensionName | undefined {
  const written = textOf(fieldValue(node, 'name'))
  if (written === undefined) return undefined
  // The article that the founding file comes from leaves out what follows a name with dots.
  const extension = extensionOf(kind, written)
  if (!extension) return undefined
  const typed = fieldEntry(node, 'typed_config')
  if (typed && !isNull(typed.value)) return extension
  if (fieldEntry(node, 'config_discovery')) return undefined
  const config = fieldEntry(node, 'config')
  const nameEntry = fieldEntry(node, 'name')!
  const what =
    written === extension.name
      ? `"${written}" without typed_config`
      : `"${written}" is the v2 name of ${extension.name}`
  context.say(
    nameEntry.value.offset,
    what,
    `name: ${extension.name}\ntyped_config:\n  "@type": type.googleapis.com/${extension.type}`,
  )
  if (written !== extension.name)
    setField(context, node, 'name', nodeOf(extension.name, nameEntry.value.offset), nameEntry.keyOffset)
  if (config && config.value.kind === 'map') giveType(node, config.value, extension, context)
  else setField(context, node, 'typed_config', typedConfig(extension, nameEntry.value.offset), nameEntry.keyOffset)
  return extension
}

function giveType(node: MapNode, config: MapNode, extension: ExtensionName, context: ShortFormContext): void {
  renameField(context, fieldEntry(node, 'config')!, 'typed_config')
  setField(context, config, '@type', nodeOf(typeUrl(extension), config.offset), config.offset, [
    ...context.path,
    'typed_config',
  ])
}

function typedConfig(extension: ExtensionName, offset: number): Node {
  return nodeOf({ '@type': typeUrl(extension) }, offset)
}

function typeUrl(extension: ExtensionName): string {
  return `type.googleapis.com/${extension.type}`
}
