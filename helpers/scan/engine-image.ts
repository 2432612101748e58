import { ExecaError, execa } from 'execa'
import { FipsConformanceError } from '../errors/error.ts'
import { docker, dockerExeca } from '../host/docker.ts'

const notFound = (reference: string, why: string, cause: unknown): FipsConformanceError =>
  new FipsConformanceError({
    code: 'IMAGE_NOT_FOUND',
    what: 'there is neither a path nor an image of the local engine with this name',
    where: reference,
    why,
    remedy: `fetch it first: docker pull ${reference}\nor check the spelling: docker image ls`,
    exit: 3,
    cause,
  })

/**
 * An image of the local engine, as `docker save` streams it.
 * @throws FipsConformanceError `IMAGE_NOT_FOUND`, `DOCKER_UNREACHABLE`, `DOCKER_FAILED`, exit 3; the stream throws `DOCKER_FAILED` where it ends early
 */
export const saveImage = async (
  reference: string,
  signal: AbortSignal,
): Promise<{ chunks: AsyncIterable<Uint8Array>; stop: () => void }> => {
  await docker(['image', 'inspect', '--format', '{{.Id}}', reference], { signal, timeout: 30_000 }).catch((error: unknown) => {
    if (!(error instanceof FipsConformanceError)) throw error
    if (error.code === 'DOCKER_UNREACHABLE') {
      const { what, remedy, why } = error.trouble
      throw new FipsConformanceError({
        code: 'PATH_MISSING',
        what: 'there is no such file or directory, and no engine answers that could have an image of this name',
        where: reference,
        why: [what, why].filter(Boolean).join(': '),
        ...(remedy !== undefined && { remedy: `check the spelling; if an image is meant, ${remedy}` }),
        exit: 3,
        cause: error,
      })
    }
    if (/no such (image|object)|not found/i.test(error.trouble.why ?? '')) throw notFound(reference, error.trouble.why ?? '', error)
    throw error
  })
  const child = execa('docker', ['save', reference], {
    ...dockerExeca({ signal }),
    stdin: 'ignore',
    buffer: { stdout: false, stderr: true },
    encoding: 'buffer',
  })
  // Whoever stops early leaves nobody to hear how it ended.
  child.catch(() => undefined)
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of child.stdout) yield chunk as Uint8Array
      await child
    } catch (cause) {
      signal.throwIfAborted()
      const stderr: unknown = cause instanceof ExecaError ? cause.stderr : undefined
      const why = stderr instanceof Uint8Array && stderr.length > 0 ? new TextDecoder().decode(stderr) : String(cause)
      throw new FipsConformanceError({
        code: 'DOCKER_FAILED',
        what: 'the engine did not hand over the whole image',
        where: `docker save ${reference}`,
        why,
        exit: 3,
        cause,
      })
    }
  }
  return {
    chunks: chunks(),
    stop: () => {
      child.kill()
    },
  }
}
