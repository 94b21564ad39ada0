import type { Part } from '../k3s/part.ts'
import type { GivenFile } from '../system/files.ts'

/** Files of the cluster, then the config-file's own: of two with one path the last counts. */
export const filesPart = (cluster: Part['files'], own: readonly GivenFile[]) => ({
  write_files: [
    ...cluster.map(({ path, owner, permissions, content, encoding }) => ({
      path,
      owner,
      permissions,
      content,
      ...(encoding ? { encoding } : {}),
      ...afterUsers(owner),
    })),
    ...own.map(({ path = '', content = '', owner, permissions, append, encoding }) => ({
      path,
      content,
      ...(owner === undefined ? {} : { owner: owner.includes(':') ? owner : `${owner}:${owner}` }),
      ...(permissions === undefined ? {} : { permissions: permissions.padStart(4, '0') }),
      ...(append ? { append } : {}),
      ...(encoding ? { encoding: 'b64' } : {}),
      ...afterUsers(owner),
    })),
  ],
})

/** cloud-init writes files before it makes users, unless they are put off. */
const afterUsers = (owner = 'root') => (/^root(?::root)?$/.test(owner) ? {} : { defer: true })
