import { configFile } from './read.ts'
import type { Schema } from './shape/shape.ts'

/** The format as JSON Schema, draft 2020-12, for editors and for checks without this tool. */
export const configSchema: Schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'eims config-file',
  ...configFile.schema,
}
