import { availableParallelism, totalmem } from 'node:os'
import { Worker } from 'node:worker_threads'
import { FRAME_BYTES, type Frame } from '@eims/contracts'
import { pages } from '../disk/pages.ts'
import { damaged } from './frame.ts'
import { type Answer, type Task, unpacker } from './unpack.ts'

/** Two unpack 3 GB/s, which no disk takes. */
const MOST_THREADS = 2
/** Memory of the machine for each thread; bytes. */
const MEMORY_A_THREAD = 640 * 1024 * 1024
/** Frames in memory beside those that are being unpacked: on the wire, and on their way to the disk. */
const BESIDE = 2
/** Below so many frames starting a thread takes longer than what it takes over. */
const FEW = 8

/** Room for one frame, from the wire to the disk. */
export interface Room {
  /** takes the chunk */
  readonly packed: Buffer
  /** takes the frame, on whole pages */
  readonly raw: Buffer
}

/** Who unpacks, and the rooms for all frames that are in memory at once. */
interface Unpackers extends AsyncDisposable {
  readonly rooms: readonly Room[]
  /** SHA-256 of the first bytes of a room's chunk, hexadecimal */
  digest(room: Room, size: number): Promise<string>
  /**
   * Unpacks a room's chunk.
   * @returns the frame's raw bytes, in the same room
   * @throws Failure chunk-damaged when they are not the manifest's
   */
  unpack(room: Room, frame: Frame): Promise<Buffer>
}

interface Thread {
  /** tasks that it was asked and has not answered */
  waiting(): number
  ask(task: Task): Promise<Answer>
  end(): Promise<unknown>
}

/** Threads for a machine of so many cores and so much memory (bytes): one with 1 GB gets one. */
export const threadsFor = (cores: number, memory: number): number =>
  Math.max(1, Math.min(MOST_THREADS, cores, Math.floor(memory / MEMORY_A_THREAD)))

/**
 * Starts threads for so many frames. A room takes up to 12 MiB, what there is of an image's usual frame 5 or 6: four rooms and two
 * threads beside the agent itself stay below 256 MB.
 * @param threads told by the machine when left out; 0: unpacks on the caller's own
 */
export function startUnpackers(frames: number, threads = frames < FEW ? 0 : ofThisMachine()): Unpackers {
  const count = Math.max(1, Math.min(threads, MOST_THREADS) + BESIDE)
  const [length, size] = [FRAME_BYTES, 2 * FRAME_BYTES]
  const memory = pages(count * (length + size))
  const rooms = Array.from({ length: count }, (_, nth) => {
    const [raw, packed] = [nth * length, count * length + nth * size]
    return { raw: memory.subarray(raw, raw + length), packed: memory.subarray(packed, packed + size) }
  })
  const all = threads === 0 ? [noThread(memory)] : Array.from({ length: threads }, () => startThread(memory))
  const ask = (task: Task) => all.reduce((idlest, one) => (one.waiting() < idlest.waiting() ? one : idlest)).ask(task)
  return {
    rooms,
    async digest({ packed }, size) {
      return (await ask({ kind: 'digest', packed: packed.byteOffset, size })) as string
    },
    async unpack({ packed, raw }, frame) {
      const { length, size, rawSha256 } = frame
      const places = { packed: packed.byteOffset, raw: raw.byteOffset }
      const fault = (await ask({ kind: 'unpack', ...places, size, length, rawSha256 })) as Exclude<Answer, string>
      if (fault) throw damaged(frame, fault)
      return raw.subarray(0, length)
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(all.map((thread) => thread.end()))
    },
  }
}

const ofThisMachine = () => threadsFor(availableParallelism(), totalmem())

function noThread(memory: Buffer): Thread {
  const perform = unpacker(memory.buffer)
  return { waiting: () => 0, ask: async (task) => perform(task), end: async () => {} }
}

function startThread(memory: Buffer): Thread {
  const program =
    `const { parentPort, workerData } = require('node:worker_threads'); const perform = (${unpacker.toString()})(workerData);` +
    `parentPort.on('message', (task) => parentPort.postMessage(perform(task)))`
  const thread = new Worker(program, { eval: true, workerData: memory.buffer })
  const asked: PromiseWithResolvers<Answer>[] = []
  let broken: Error | null = null
  const end = (error: Error) => {
    broken ??= error
    for (const one of asked.splice(0)) one.reject(broken)
  }
  thread.on('message', (answer: Answer) => asked.shift()?.resolve(answer))
  thread.on('error', end)
  thread.on('exit', () => end(new Error('a thread that unpacks ended')))
  return {
    waiting: () => asked.length,
    ask(task) {
      if (broken) return Promise.reject(broken)
      const one = Promise.withResolvers<Answer>()
      asked.push(one)
      thread.postMessage(task)
      return one.promise
    },
    end: () => thread.terminate(),
  }
}
