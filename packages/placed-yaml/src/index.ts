export { Field, type Known, type YamlSource } from './field.ts'
export { meant, type Note, Notes, quoted, type Spot } from './notes.ts'
export { parseYaml, type YamlLimits } from './parse.ts'
