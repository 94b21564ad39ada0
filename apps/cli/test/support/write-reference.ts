import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { completable } from '../../src/completion/completable.ts'
import { verbs } from '../../src/verbs.ts'
import { reference } from './reference.ts'

writeFileSync(resolve(import.meta.dirname, '../../../../docs/cli.md'), reference())
const known = `${JSON.stringify(verbs.map(completable), null, 2)}\n`
writeFileSync(resolve(import.meta.dirname, '../../src/completion/verbs.json'), known)
