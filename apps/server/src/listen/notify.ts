import { spawnSync } from 'node:child_process'

/**
 * Tells systemd that the service is up (sd_notify(3)), when systemd started it. Node cannot write to a datagram socket
 * of the Unix kind, so systemd's own program does; the unit says NotifyAccess=all for that.
 */
export function notifyReady(
  env: { NOTIFY_SOCKET?: string | undefined; PATH?: string | undefined },
  status: string,
): void {
  if (env.NOTIFY_SOCKET) spawnSync('systemd-notify', ['--ready', `--status=${status}`], { env, timeout: 10_000 })
}
