import { run } from '../../command.ts'
import { fromTree } from '../../debian-tree.ts'

export interface Verity {
  /** SHA-256, hexadecimal, of the top of the hash tree */
  rootHash: string
  /** partition GUIDs by which the Discoverable Partitions Specification finds a root, and its hash tree, by that hash */
  dataGuid: string
  treeGuid: string
}

/**
 * Makes the hash tree of a file system image by the veritysetup of a directory tree. Needs no device mapper.
 * @param data the image, not to be changed any more
 * @param file where the hash tree is written
 */
export async function hashTree(tree: string, data: string, file: string): Promise<Verity> {
  const [loader, ...words] = fromTree(tree, 'usr/sbin/veritysetup')
  const { stdout } = await run(loader, [...words, 'format', '--hash=sha256', data, file], { timeoutMs: 5 * 60_000 })
  const [, rootHash] = /^Root hash:\s+([0-9a-f]{64})$/m.exec(stdout) ?? []
  if (!rootHash) throw new Error(`veritysetup says no root hash:\n${stdout}`)
  return verityOf(rootHash)
}

/** PURE. @param rootHash 64 hexadecimal digits */
export const verityOf = (rootHash: string): Verity => ({
  rootHash,
  dataGuid: guid(rootHash.slice(0, 32)),
  treeGuid: guid(rootHash.slice(32)),
})

const guid = (digits: string) => digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
