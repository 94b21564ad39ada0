import { withFilesystem } from '../disk/filesystem.ts'
import { runInside } from '../disk/run-inside.ts'
import { Failure } from '../failure.ts'
import type { Handler } from './handler.ts'

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '')

/**
 * The builtin `chroot`: a command of the plan in the installed system (run-inside.ts). Sector 0 is in its place meanwhile, as
 * what configures a boot loader looks for the partition that it is on. The command itself is in no log: it may hold a
 * password.
 */
export const chrootHandler: Handler<'chroot'> = async (
  { command, interpreter, resolvConf, devices, ...place },
  context,
) =>
  withFilesystem(context, place, 'run', async (root, partition) => {
    const runner = words(interpreter)
    const argv = runner.length > 0 ? [...runner, command] : words(command)
    const { code, last } = await runInside(context, root, { argv, env: context.env, resolvConf, devices })
    if (code !== 0) throw new Failure({ code: 'command-failed', slots: { exitCode: code, last } })
    return { result: { partition, exitCode: code } }
  })
