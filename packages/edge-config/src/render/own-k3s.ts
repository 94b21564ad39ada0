import type { EdgeConfig } from '../config.ts'
import { INSTALL_SCRIPT } from '../k3s/config.ts'
import type { Command } from '../system/commands.ts'

/** Install scripts, files, variables, programs and services by which K3s, or RKE2, is set up otherwise than by `kubernetes`. */
const OWN_K3S =
  /\/opt\/install\.sh|\/etc\/rancher\/|\bget\.(?:k3s|rke2)\.io\b|\b(?:INSTALL_)?K3S_[A-Z]|\bk3s["', ]+(?:server|agent)\b|\bsystemctl\b.{0,200}\bk3s\b|\bk3s(?:-agent)?\.service\b/

/** PURE: whether a cloud-config, or a workflow's steps as JSON, sets K3s up by itself, as they did before images could. */
export const setsUpK3s = (text: string): boolean => OWN_K3S.test(text)

/** PURE: whether the commands, the installer or the services of a config-file do. */
export function configSetsUpK3s({ operatingSystem: { commands, installer, services } }: EdgeConfig): boolean {
  const started = (services?.enable ?? []).map((unit) => `systemctl enable ${unit}`)
  const lines = [...linesOf(commands?.before), ...linesOf(commands?.after), ...started]
  return [...lines, installer?.script ?? ''].some(setsUpK3s)
}

/** PURE: whether a config-file brings what installs K3s before that is called. */
export function bringsK3s({ operatingSystem: { commands, installer } }: EdgeConfig): boolean {
  return [...linesOf(commands?.before), installer?.script ?? ''].some((script) => script.includes(INSTALL_SCRIPT))
}

const linesOf = (commands: readonly Command[] = []) => commands.map((command) => [command].flat().join(' '))
