import { type JsonObject, type Message, type MessageName, toJson } from '@nuncio/config'

/** A message as JSON, with its type. */
export function typed<T extends MessageName>(type: T, message: Message<T>): JsonObject {
  return { '@type': `type.googleapis.com/${type}`, ...(toJson(type, message) as JsonObject) }
}
