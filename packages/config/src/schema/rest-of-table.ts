import { REST_TEXT } from '../generated/table/rest.ts'

/** What the first part of the table leaves out, as JSON. */
export function restText(): string {
  return REST_TEXT
}
