import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { reference } from './reference.ts'

writeFileSync(resolve(import.meta.dirname, '../../../../docs/cli.md'), reference())
