import { mapping } from '../shape/collections.ts'
import { number, text } from '../shape/scalars.ts'
import type { ReadOf } from '../shape/shape.ts'

export const installer = mapping(
  'A script that installs what the image lacks: run once, as root, in the first boot, when the network is up and before services and commands. On a mutable OS only.',
  {
    script: text('It begins with #! and its interpreter; left out: that is sh.', {
      most: 64 * 1024,
      lines: true,
      example: '#!/bin/bash\napt-get install -y intel-gpu-tools\n',
    }),
    timeoutMinutes: number('It is ended after so many minutes, which is a failure; left out: 20.', 1, 24 * 60),
  },
  { required: ['script'] },
)
export type Installer = ReadOf<typeof installer>

export const INSTALLER_MINUTES = 20
