import { command } from '../command.ts'
import { download } from '../csv/download.ts'

const exportNodes = command({
  name: 'export',
  summary: 'print the registered machines as CSV that can be imported again',
  usage: '[OPTIONS] > FILE',
  options: {
    batch: { type: 'string', value: 'NAME', says: 'only the machines of this batch' },
    filter: { type: 'string', value: 'FILTER', says: 'only those that the filter lets through (docs/rest.md)' },
    output: { type: 'string', value: 'FILE', says: 'write to this file, which must not exist yet' },
  },
  about: `
Imported where it came from, the file changes nothing. Machines that nobody registered are left out, unless the filter
speaks of "registered".
`,
  async run({ values, server }) {
    const query = new URLSearchParams()
    if (values.batch !== undefined) query.set('batch', values.batch)
    if (values.filter !== undefined) query.set('filter', values.filter)
    await download(server, `/api/v1/export.csv?${query.toString()}`, values.output ?? process.stdout)
  },
})

export const exportVerbs = [exportNodes]
