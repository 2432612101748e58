import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { type ProgressSink, stepsOf } from '../progress/progress.ts'
import { type BuildHost, buildMounts } from './build-host.ts'
import { stepsDirectory } from './compile.ts'
import { inContainer } from './container.ts'
import { file, filesDirectory, script } from './scripts.ts'
import { cachedDirectory, inputKey } from './step-cache.ts'

const kernelSchema = z.object({ package: z.string(), version: z.string(), sha256: z.string(), release: z.string() })

/** Where the kernel of a machine comes from: Debian's package, with the SHA-256 of its archive. */
export type KernelOrigin = z.infer<typeof kernelSchema>

/** What a machine boots from. The disk is sparse, and never written to: each machine gets a copy. */
export type MachineDisk = { disk: string; kernel: string; initrd: string; origin: KernelOrigin; key: string }

/** Bytes of the disk as the machine sees it; what it takes on the host is what was written. */
const diskBytes = 8 * 1024 ** 3

/** Debian's kernel for virtual machines: the same source as its other kernels, with fewer drivers. */
const kernelPackages = { amd64: 'linux-image-cloud-amd64', arm64: 'linux-image-cloud-arm64' } as const

const machineFiles = [
  'init',
  'start',
  'deadline',
  'sshd_config',
  'fips-conformance-start.service',
  'fips-conformance-ssh.service',
  'fips-conformance-deadline.service',
]

/**
 * Disk, kernel and first root of a machine, made from a node image in a container and kept by a hash of their inputs. Needs no root on the host:
 * the file system is made by mke2fs from a directory, apt fetches the kernel and checks its signature.
 * @throws FipsConformanceError `DOCKER_*`, `DISK_FULL`, `INTERRUPTED`
 */
export const machineDisk = async (
  image: { reference: string; id: string },
  { host, progress, signal }: { host: BuildHost; progress: ProgressSink; signal?: AbortSignal | undefined },
): Promise<MachineDisk> => {
  const text = script('machine-disk.sh')
  const inputs = {
    image: image.id,
    script: text,
    files: machineFiles.map((name) => file(join('machine', name))),
    kernel: kernelPackages[host.arch],
    diskBytes,
  }
  const { directory } = await stepsOf('image', progress)(
    'disk and kernel of the machines',
    (note) =>
      cachedDirectory(stepsDirectory(host), 'machine', inputs, (draft) =>
        inContainer({
          image: image.reference,
          entrypoint: 'sh',
          privileged: true,
          script: text,
          env: {
            ...host.proxies,
            KERNEL_PACKAGE: kernelPackages[host.arch],
            DISK_BYTES: String(diskBytes),
            OWNER: host.user ?? '0:0',
          },
          mounts: [
            ...buildMounts(host),
            { from: join(filesDirectory, 'machine'), to: '/in/machine', readOnly: true },
            { from: draft, to: '/out' },
          ],
          labels: host.labels,
          onLine: note,
          signal,
        }),
      ),
    ({ cached, key }) => (cached ? `${key}, as made earlier` : key),
  )
  return {
    disk: join(directory, 'disk.raw'),
    kernel: join(directory, 'vmlinuz'),
    initrd: join(directory, 'initrd'),
    origin: kernelSchema.parse(JSON.parse(await readFile(join(directory, 'kernel.json'), 'utf8'))),
    key: inputKey(inputs),
  }
}
