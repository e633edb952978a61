/** What is honoured of a `DataSource` that is read once: for the place where it stands, since others watch theirs. */
export const READ_ONCE = {
  honoured: ['filename', 'inline_bytes', 'inline_string', 'environment_variable'],
  unsupported: { watched_directory: 'this file is read once, when the configuration loads' },
} as const
