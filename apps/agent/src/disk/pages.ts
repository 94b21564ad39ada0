/** What any disk's sectors, and the kernel's pages, are multiples or parts of; bytes. */
export const PAGE = 4096
const WASM_PAGE = 64 * 1024

/** Node has it; its types do not. */
declare const WebAssembly: {
  Memory: new (shape: { initial: number; maximum: number; shared: true }) => { readonly buffer: SharedArrayBuffer }
}

const onPages = new WeakSet<object>()

/**
 * Memory of so many bytes, zeroed, that begins on a page and can be shared with threads: what O_DIRECT (open(2)) asks for. Of all that
 * Node gives out only a WebAssembly.Memory begins on one; other buffers stand 16 bytes behind it.
 */
export function pages(bytes: number): Buffer {
  const count = Math.ceil(bytes / WASM_PAGE)
  const { buffer } = new WebAssembly.Memory({ initial: count, maximum: count, shared: true })
  onPages.add(buffer)
  return Buffer.from(buffer, 0, bytes)
}

/** Whether the bytes lie in such memory, in whole pages. */
export const isOnPages = ({ buffer, byteOffset, byteLength }: ArrayBufferView): boolean =>
  onPages.has(buffer) && byteOffset % PAGE === 0 && byteLength % PAGE === 0
